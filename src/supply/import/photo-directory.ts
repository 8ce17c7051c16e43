// The directory that the gate serves, as an import changes it. A photo appears, is replaced or is removed in one step,
// and its bytes are on the disk before it appears. Where the file system has links, all names of one photo are links to
// the same bytes.
import type { Stats } from 'node:fs'
import { lstatSync, readdirSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { platform as hostPlatform } from 'node:os'
import { extname, join } from 'node:path'
import {
  isInUse,
  removeWithRetry,
  renameWithRetry,
  syncDirectory,
} from '../../disk/durable-file.ts'
import { inodeOf } from '../../disk/file-identity.ts'
import { addressOfName } from '../../photo/photo-file.ts'
import type { DirectoryClaim } from './directory-claim.ts'
import { buildClaim, draftsOf } from './directory-claim.ts'
import { buildDrafts } from './photo-drafts.ts'

export interface FoundFile {
  readonly name: string
  readonly size: number
  readonly mtimeMs: number
}

/** A photo's file as it was written. */
export interface WrittenPhoto {
  readonly address: string
  readonly size: number
  readonly mtimeMs: number
}

/** An address that cannot be a file name here: it is too long, say, or a folder has its name. */
export interface UnwritablePhoto {
  readonly address: string
  readonly reason: string
}

export interface PhotoDirectory extends DirectoryClaim {
  /** Where the supply keeps what is its own: in the directory, so that renaming is one step, and never served. */
  readonly stateDirectory: string
  /** Removes what a killed run left half done. */
  discardDrafts(): void
  /** All files whose names are photos' names, by address. Reads metadata only. */
  list(): Map<string, FoundFile[]>
  /**
   * Puts the photo under each address. Calls `place` for each before the file is there; `place` records the photo and
   * then calls `put`, which makes it appear.
   * @returns the addresses that cannot have the photo. @throws Error when the fault concerns all addresses.
   */
  publish(
    addresses: readonly string[],
    bytes: Buffer,
    place: PlacePhoto,
  ): Promise<readonly UnwritablePhoto[]>
  /** Removes the address's other files, such as `Joe@ACME.jpg`. */
  tidy(address: string, files: readonly FoundFile[]): Promise<void>
  /** Removes all files of the address. */
  remove(files: readonly FoundFile[]): Promise<void>
  /** Renames the file for another address. Extension, length and time stay. */
  move(file: FoundFile, to: string): Promise<void>
  /** Resolves when the disk has all renames and removals. */
  sync(): Promise<void>
}

export type PlacePhoto = (photo: WrittenPhoto, put: () => Promise<void>) => Promise<void>

// Errors about one file's name or place; any other error would affect everybody. Windows has other codes for a folder in
// its place or a file that another program has open, and refuses a directory when the draft is made.
const addressErrors = ['ENAMETOOLONG', 'EISDIR', 'ENOENT', 'EINVAL', 'EILSEQ']
const stateName = '.supply'

export function fileNameOf(address: string): string {
  return `${address}.jpg`
}

/** Where the supply of a photo directory keeps its records. */
export function stateDirectoryOf(photos: string): string {
  return join(photos, stateName)
}

export function openPhotoDirectory(
  photos: string,
  platform: NodeJS.Platform = hostPlatform(),
): PhotoDirectory {
  const stateDirectory = stateDirectoryOf(photos)
  const { claim, watchFlag, check } = buildClaim(photos, stateDirectory)
  const drafts = buildDrafts(draftsOf(stateDirectory), check)
  const pathOf = (name: string) => join(photos, name)
  const isOfOneAddress = (error: unknown) =>
    addressErrors.includes((error as NodeJS.ErrnoException).code ?? '') ||
    (platform === 'win32' && isInUse(error))

  async function publish(
    addresses: readonly string[],
    bytes: Buffer,
    place: PlacePhoto,
  ): Promise<UnwritablePhoto[]> {
    check()
    const copies = await drafts.make(bytes, addresses.length)
    const unwritable: UnwritablePhoto[] = []
    try {
      for (const [at, address] of addresses.entries()) {
        const copy = copies[at] as string
        const { size, mtimeMs } = lstatSync(copy)
        try {
          await place({ address, size, mtimeMs }, () =>
            renameWithRetry(copy, pathOf(fileNameOf(address))),
          )
        } catch (error) {
          if (!isOfOneAddress(error)) throw error
          check()
          unwritable.push({ address, reason: reasonOf(error as NodeJS.ErrnoException) })
          drafts.discard([copy])
        }
      }
      return unwritable
    } catch (error) {
      drafts.discard(copies)
      check()
      throw error
    }
  }

  async function tidy(address: string, files: readonly FoundFile[]): Promise<void> {
    // As bigint: file numbers on Windows have more digits than a JavaScript number.
    const own = await lstat(pathOf(fileNameOf(address)), { bigint: true })
    for (const { name } of files) {
      const other = await lstat(pathOf(name), { bigint: true }).catch(() => undefined)
      // On a file system that ignores case both names are one file, which stays.
      if (other !== undefined && inodeOf(other) !== inodeOf(own))
        await removeWithRetry(pathOf(name))
    }
  }

  return {
    stateDirectory,
    ...{ claim, watchFlag, check },
    discardDrafts: drafts.discardAll,
    list: () => listFiles(photos),
    publish,
    tidy,
    remove: async files => {
      check()
      for (const { name } of files) await removeWithRetry(pathOf(name))
    },
    move: async ({ name }, to) => {
      check()
      await renameWithRetry(pathOf(name), pathOf(`${to}${extname(name).toLowerCase()}`))
    },
    sync: () => syncDirectory(photos),
  }
}

// The message without the code before it and the path behind it.
function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  return `${code}: ${message.replace(/^.*?: |, .*$/gs, '')}`
}

function listFiles(photos: string): Map<string, FoundFile[]> {
  const files = new Map<string, FoundFile[]>()
  for (const name of readdirSync(photos)) {
    const address = addressOfName(name)
    if (address === undefined) continue
    const stats: Stats | undefined = lstatSync(join(photos, name), { throwIfNoEntry: false })
    // A directory with a photo's name is not a photo, and the import must not remove it.
    if (stats === undefined || stats.isDirectory()) continue
    const file = { name, size: stats.size, mtimeMs: stats.isFile() ? stats.mtimeMs : Number.NaN }
    const others = files.get(address)
    if (others === undefined) files.set(address, [file])
    else others.push(file)
  }
  return files
}
