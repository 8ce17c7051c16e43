// The end of an import, after all photos are published: removes photos, forgets people who have left, and records what
// the next import compares with.
import type { Candidates } from './candidates.ts'
import type { Listing } from './claims.ts'
import type { Journal } from './journal.ts'
import { personsWithAddresses } from './known-addresses.ts'
import type { SourceFindings } from './lasting.ts'
import type { ListedSource } from './list-source.ts'
import type { FoundFile, PhotoDirectory } from './photo-directory.ts'
import type { PersonRecord, Records, RunRecord } from './records.ts'

/** Removes the photos and their records. */
export async function removePhotos(
  addresses: readonly string[],
  {
    directory,
    files,
    journal,
  }: {
    directory: PhotoDirectory
    files: ReadonlyMap<string, readonly FoundFile[]>
    journal: Journal
  },
): Promise<void> {
  // All files first: the gate must know whose an alias is for as long as its file is there.
  for (const address of addresses) await directory.remove(files.get(address) ?? [])
  for (const address of addresses) {
    journal.add({ kind: 'photo-gone', address })
  }
}

/**
 * Forgets pictures whose photos are gone, and refused pictures of people who have left all sources: personal data is
 * kept only for as long as it is needed.
 */
export function forgetPersons(
  listings: readonly Listing[],
  journal: Journal,
  stands: (address: string) => boolean,
): void {
  const { records } = journal
  const needed = new Set<PersonRecord | undefined>()
  for (const { source, key } of records.photos.values())
    needed.add(records.persons.get(source, key))
  for (const { source, persons } of listings) {
    for (const { key, photo } of persons) {
      const person = records.persons.get(source, key)
      if (photo === 'present' && person?.refused !== undefined) needed.add(person)
    }
  }
  for (const person of personsWithAddresses(listings, records, stands)) needed.add(person)
  const gone = [...records.persons].filter(person => !needed.has(person))
  for (const { source, key } of gone) journal.add({ kind: 'person-gone', source, key })
}

interface PublishedState {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** The directory when the run began. */
  readonly files: ReadonlyMap<string, unknown>
  readonly records: Records
}

/**
 * Main addresses of people who have no photo under any address. A photo counts whoever put it there, and whatever the
 * sources listed.
 */
export function findWithoutPhoto(
  listings: readonly Listing[],
  { added, removed, files, records: { photos } }: PublishedState,
): string[] {
  const promised = new Set(added)
  const gone = new Set(removed)
  const stands = (address: string) =>
    promised.has(address) || (!gone.has(address) && (photos.has(address) || files.has(address)))
  const all = listings.flatMap(({ persons }) => persons)
  const without = new Set<string>()
  for (const { addresses } of all) if (!addresses.some(stands)) without.add(addresses[0] ?? '')
  // In another source the same person may have more addresses.
  for (const { addresses } of all) if (addresses.some(stands)) without.delete(addresses[0] ?? '')
  return [...without].sort()
}

/** Records what the sources had, and who has no photo, for the next import to compare with. */
export function rememberRun({
  journal,
  sources,
  conflicts,
  lasting,
  run,
  nowMs,
}: {
  journal: Journal
  sources: readonly ListedSource[]
  conflicts: Candidates['conflicts']
  /** By source; undefined when the run was stopped: then what was known stays known. */
  lasting: ReadonlyMap<string, SourceFindings> | undefined
  run: Omit<RunRecord, 'at'> | undefined
  /** Milliseconds since the epoch. */
  nowMs: number
}): void {
  for (const { listing, opened: open, known: before } of sources) {
    if (!listing.isWhole) continue
    const photos = listing.persons.filter(({ photo }) => photo === 'present').length
    const { source } = listing
    const disputed = conflicts.flatMap(one => (one.source === source ? [one.address] : [])).sort()
    const known = journal.records.sources.get(source)
    const found = open?.lostReason === undefined ? lasting?.get(source)?.hashes : undefined
    const hashes = found ?? before
    const isSame =
      known?.photos === photos &&
      (known.disputed ?? []).join() === disputed.join() &&
      (known.known ?? []).join() === hashes.join()
    if (!isSame)
      journal.add({ kind: 'source', source: { source, photos, disputed, known: hashes } })
  }
  if (run !== undefined) {
    journal.add({ kind: 'run', run: { ...run, at: new Date(nowMs).toISOString() } })
  }
}
