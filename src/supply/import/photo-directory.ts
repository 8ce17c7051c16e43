// The directory that the gate serves, as an import changes it: a photo appears, is replaced or goes in one
// step, and is on the disk before it does. All names of one photo are links to the same bytes where the file
// system has links.
import type { Stats } from 'node:fs'
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { copyFile, link, lstat } from 'node:fs/promises'
import { platform as hostPlatform } from 'node:os'
import { extname, join } from 'node:path'
import {
  isInUse,
  removeWithRetry,
  renameWithRetry,
  syncDirectory,
  writeDurably,
} from '../../disk/durable-file.ts'
import type { FileIdentity } from '../../disk/file-identity.ts'
import { findIdentity, inodeOf, isSameIdentity } from '../../disk/file-identity.ts'
import { addressOfName } from '../../photo/photo-file.ts'

export interface FoundFile {
  readonly name: string
  readonly size: number
  readonly mtimeMs: number
}

/** Of a file as it was written. */
export interface WrittenPhoto {
  readonly address: string
  readonly size: number
  readonly mtimeMs: number
}

/** Addresses that cannot be names of files here, as when they are too long, or in the place of which is a folder. */
export interface UnwritablePhoto {
  readonly address: string
  readonly reason: string
}

export interface PhotoDirectory {
  /** Where the supply keeps what is its own: in the directory, so that renaming is one step, and never served. */
  readonly stateDirectory: string
  /** Makes the place for the supply's own files. From then on the directory must stay the same one. */
  claim(): void
  /** Names a file in the supply's own place that is there for as long as this import may write. */
  watchFlag(path: string): void
  /**
   * @throws DirectoryError when it has gone, or is another one than was claimed, as when it is unmounted, and
   * when the flag has been taken down.
   */
  check(): void
  /** Takes away what a run that died has left half done. */
  discardDrafts(): void
  /** All files with photos' names, by address. Metadata only. */
  list(): Map<string, FoundFile[]>
  /**
   * Puts the photo under each address. `place` is told of each before it is there, so that it can be
   * remembered first, and calls `put` for it to appear.
   * @returns the addresses that it cannot be put under. @throws Error for what is wrong for all addresses.
   */
  publish(
    addresses: readonly string[],
    bytes: Buffer,
    place: PlacePhoto,
  ): Promise<readonly UnwritablePhoto[]>
  /** Takes away files of the address but its own, such as `Joe@ACME.jpg`. */
  tidy(address: string, files: readonly FoundFile[]): Promise<void>
  /** Takes away all files of the address. */
  remove(files: readonly FoundFile[]): Promise<void>
  /** The file becomes that of another address, with the ending, length and time that it had. */
  move(file: FoundFile, to: string): Promise<void>
  /** Waits until the disk has what was renamed and removed. */
  sync(): Promise<void>
}

export type PlacePhoto = (photo: WrittenPhoto, put: () => Promise<void>) => Promise<void>

/** The directory is not there any more, or another one is in its place. */
export class DirectoryError extends Error {}

// What is wrong with one file's name or place; anything else would be wrong for everybody. Windows has other
// codes for a folder in its place or a file that somebody has open, and refuses a directory by the draft.
const addressErrors = ['ENAMETOOLONG', 'EISDIR', 'ENOENT', 'EINVAL', 'EILSEQ']
const stateName = '.supply'
const draftsName = 'drafts'

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
  const drafts = join(stateDirectory, draftsName)
  let count = 0
  let identity: FileIdentity | undefined
  let flag: string | undefined

  const pathOf = (name: string) => join(photos, name)
  const draftPath = () => join(drafts, `${++count}.jpg`)

  function check(): void {
    if (identity === undefined) return
    // Where a file system keeps no time of birth, a new directory may pass for the old one. It never has the flag,
    // whose name is random.
    const isSame = isSameIdentity(findIdentity(stateDirectory), identity)
    if (isSame && (flag === undefined || existsSync(flag))) return
    if (isSame && existsSync(join(stateDirectory, draftsName))) {
      const message = `${flag} has been taken down: another import took this one for dead; this one stops, and the next goes on`
      throw new DirectoryError(message)
    }
    const message = `${photos} has gone, or is another directory than when this began; was it moved or unmounted? What was written is in the old one`
    throw new DirectoryError(message)
  }

  // Never with the directories above: where the photos have gone, none must come by this.
  function makeDrafts(): void {
    check()
    mkdirSync(drafts, { mode: 0o700 })
  }

  async function publish(
    addresses: readonly string[],
    bytes: Buffer,
    place: PlacePhoto,
  ): Promise<UnwritablePhoto[]> {
    check()
    const draft = draftPath()
    await writeDurably(draft, bytes, makeDrafts)
    const copies = [draft]
    try {
      for (const _ of addresses.slice(1)) {
        const copy = draftPath()
        await link(draft, copy).catch(() => copyFile(draft, copy))
        copies.push(copy)
      }
      const unwritable: UnwritablePhoto[] = []
      for (const [at, address] of addresses.entries()) {
        const copy = copies[at] as string
        const { size, mtimeMs } = lstatSync(copy)
        try {
          await place({ address, size, mtimeMs }, () =>
            renameWithRetry(copy, pathOf(fileNameOf(address))),
          )
        } catch (error) {
          const { code = '', message } = error as NodeJS.ErrnoException
          if (!addressErrors.includes(code) && !(platform === 'win32' && isInUse(error)))
            throw error
          check()
          unwritable.push({ address, reason: `${code}: ${message.replace(/^.*?: |, .*$/gs, '')}` })
          rmSync(copy, { force: true })
        }
      }
      return unwritable
    } catch (error) {
      for (const copy of copies) rmSync(copy, { force: true })
      check()
      throw error
    }
  }

  async function tidy(address: string, files: readonly FoundFile[]): Promise<void> {
    // Whole: numbers of files on Windows have more digits than a JavaScript number.
    const own = await lstat(pathOf(fileNameOf(address)), { bigint: true })
    for (const { name } of files) {
      const other = await lstat(pathOf(name), { bigint: true }).catch(() => undefined)
      // Where capitals make no difference both names are one file, which stays.
      if (other !== undefined && inodeOf(other) !== inodeOf(own))
        await removeWithRetry(pathOf(name))
    }
  }

  return {
    stateDirectory,
    claim: () => {
      // The photo directory itself is not ours to make.
      if (!existsSync(stateDirectory)) mkdirSync(stateDirectory, { mode: 0o700 })
      identity = findIdentity(stateDirectory)
    },
    watchFlag: path => {
      flag = path
    },
    check,
    discardDrafts: () => rmSync(drafts, { recursive: true, force: true }),
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

function listFiles(photos: string): Map<string, FoundFile[]> {
  const files = new Map<string, FoundFile[]>()
  for (const name of readdirSync(photos)) {
    const address = addressOfName(name)
    if (address === undefined) continue
    const stats: Stats | undefined = lstatSync(join(photos, name), { throwIfNoEntry: false })
    // A directory with a photo's name is nobody's photo, and not ours to take away.
    if (stats === undefined || stats.isDirectory()) continue
    const file = { name, size: stats.size, mtimeMs: stats.isFile() ? stats.mtimeMs : Number.NaN }
    const others = files.get(address)
    if (others === undefined) files.set(address, [file])
    else others.push(file)
  }
  return files
}
