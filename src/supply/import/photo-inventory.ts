// Each photo as a file that the gate serves and as a record of the supply. For commands that list photos, and for those
// that remove or rename one.
import { join } from 'node:path'
import type { LockHolder } from '../../disk/lock.ts'
import { addressOfName } from '../../photo/photo-file.ts'
import { parseAddress } from '../../text/mail-address.ts'
import { readRecords } from './journal.ts'
import { withLockedJournal } from './locked-directory.ts'
import type { FoundFile } from './photo-directory.ts'
import { openPhotoDirectory, stateDirectoryOf } from './photo-directory.ts'
import type { PersonRecord, PhotoRecord, Records } from './records.ts'
import { personId } from './records.ts'

/** The photo of one address. */
export interface PhotoEntry {
  readonly address: string
  /** Absolute paths. The gate serves the newest of several. */
  readonly files: readonly {
    readonly path: string
    readonly bytes: number
    readonly modified: string
  }[]
  /** What an import has written; undefined when an administrator or another program put the file there. */
  readonly photo: PhotoRecord | undefined
  /** Other addresses of the same photo. */
  readonly aliases: readonly string[]
  /** Pictures that were refused for this address. */
  readonly quarantined: readonly {
    readonly source: string
    readonly key: string
    readonly reason: string
  }[]
}

/** In alphabetical order. @throws Error when the directory cannot be read. */
export function listInventory(photos: string): PhotoEntry[] {
  const files = openPhotoDirectory(photos).list()
  const records = readRecords(stateDirectoryOf(photos))
  const byPerson = new Map<string, string[]>()
  for (const { address, source, key } of records.photos.values()) {
    const id = personId(source, key)
    byPerson.set(id, [...(byPerson.get(id) ?? []), address])
  }
  const refused = new Map<string, PersonRecord[]>()
  for (const person of records.persons) {
    if (person.refused === undefined) continue
    for (const address of person.addresses ?? []) {
      refused.set(address, [...(refused.get(address) ?? []), person])
    }
  }
  const all = new Set([...files.keys(), ...records.photos.keys(), ...refused.keys()])
  return [...all].sort().map(address => {
    const photo = records.photos.get(address)
    const same = photo === undefined ? [] : (byPerson.get(personId(photo.source, photo.key)) ?? [])
    return {
      ...{ address, photo, aliases: same.filter(other => other !== address).sort() },
      files: (files.get(address) ?? []).map(file => describeFile(photos, file)),
      quarantined: (refused.get(address) ?? []).map(({ source, key, refused: reason = '' }) => ({
        ...{ source, key, reason },
      })),
    }
  })
}

function describeFile(photos: string, { name, size, mtimeMs }: FoundFile) {
  const modified = Number.isNaN(mtimeMs) ? 'no regular file' : new Date(mtimeMs).toISOString()
  return { path: join(photos, name), bytes: size, modified }
}

export interface RemovedPhoto {
  /** With the aliases of the same photo. */
  readonly addresses: readonly string[]
  readonly files: number
}

/**
 * Removes the photo of the address and of its aliases, and every trace of them in the records: the addresses are then
 * nowhere in the directory. When a source still has the photo, the next import brings it back.
 */
export function removePhoto(photos: string, address: string): Promise<RemovedPhoto | LockHolder> {
  return withLockedJournal(photos, async (directory, journal) => {
    const { records } = journal
    const gone = new Set([address])
    const persons = personsOf(records, address)
    const hadPhoto = records.photos.has(address)
    for (const photo of records.photos.values()) {
      if (persons.has(personId(photo.source, photo.key))) gone.add(photo.address)
    }
    const files = directory.list()
    let count = 0
    for (const one of gone) {
      const found = files.get(one) ?? []
      await directory.remove(found)
      count += found.length
    }
    // After the files: the gate must know whose an alias is for as long as its file is there.
    for (const one of gone) journal.add({ kind: 'photo-gone', address: one })
    for (const { source, key, addresses } of [...records.persons]) {
      const isNamed = addresses?.some(one => gone.has(one)) === true
      if (isNamed || persons.has(personId(source, key))) {
        journal.add({ kind: 'person-gone', source, key })
      }
    }
    for (const source of records.sources.values()) {
      const disputed = source.disputed?.filter(one => !gone.has(one)) ?? []
      if (disputed.length === (source.disputed?.length ?? 0)) continue
      journal.add({ kind: 'source', source: { ...source, disputed } })
    }
    const { run } = records
    if (run !== undefined) {
      const without = run.without.filter(one => !gone.has(one))
      // A forgotten person counts neither among people nor among those who have a photo.
      const forgotten = run.without.length - without.length || (hadPhoto ? 1 : 0)
      const people = Math.max(without.length, run.people - forgotten)
      journal.add({ kind: 'run', run: { ...run, people, without } })
    }
    await directory.sync()
    journal.rewrite()
    return { addresses: [...gone].sort(), files: count }
  })
}

function personsOf({ photos, persons }: Records, address: string): Set<string> {
  const ids = new Set<string>()
  const photo = photos.get(address)
  if (photo !== undefined) ids.add(personId(photo.source, photo.key))
  for (const { source, key, addresses } of persons) {
    if (addresses?.includes(address) || isNamedBy(key, address)) ids.add(personId(source, key))
  }
  return ids
}

// Some sources use a person's address as the key, or a file name or DN (RFC 4514) that contains it. Compares whole
// addresses: ann@ is a part of joann@, who is another person.
function isNamedBy(key: string, address: string): boolean {
  const named = addressOfName(key) ?? parseAddress(key)
  if (named !== undefined) return named === address
  return key.split(/(?<!\\)[,+;]/).some(part => {
    const at = part.indexOf('=')
    return (
      at >= 0 &&
      parseAddress(
        part
          .slice(at + 1)
          .replace(/\\(.)/gs, '$1')
          .trim(),
      ) === address
    )
  })
}

export type RenameOutcome = 'renamed' | 'no such photo' | 'there is one already'

/** Renames a photo for another address, with its history. */
export function renamePhoto(
  photos: string,
  from: string,
  to: string,
): Promise<{ readonly outcome: RenameOutcome } | LockHolder> {
  return withLockedJournal(photos, async (directory, journal) => {
    const files = directory.list()
    const [file] = newestFirst(files.get(from) ?? [])
    if (file === undefined) return { outcome: 'no such photo' as const }
    if (files.has(to)) return { outcome: 'there is one already' as const }
    const photo = journal.records.photos.get(from)
    if (photo !== undefined) {
      // Recorded before the file is there, as an import does it.
      const { size, mtimeMs } = file
      journal.add({ kind: 'photo', photo: { ...photo, address: to, size, mtimeMs } })
      journal.write()
    }
    await directory.move(file, to)
    // The gate would otherwise serve another file that was left under the old address.
    await directory.remove(files.get(from) ?? [])
    if (photo !== undefined) journal.add({ kind: 'photo-gone', address: from })
    await directory.sync()
    journal.flush()
    return { outcome: 'renamed' as const }
  })
}

function newestFirst(files: readonly FoundFile[]): FoundFile[] {
  return files.toSorted((a, b) => b.mtimeMs - a.mtimeMs)
}
