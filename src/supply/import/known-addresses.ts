// Records all addresses of people with several, from all sources: excluding one address must also exclude the photos
// under the others, even where an earlier source lists them as two people.
import type { Person } from '../source/source.ts'
import type { Conflict, Group } from './candidates.ts'
import type { Listing } from './claims.ts'
import type { Journal } from './journal.ts'
import type { FoundFile } from './photo-directory.ts'
import type { PersonRecord, Records } from './records.ts'

export interface KnownAddressesInput {
  readonly listings: readonly Listing[]
  readonly conflicts: readonly Conflict[]
  readonly groups: readonly Group[]
  readonly files: ReadonlyMap<string, readonly FoundFile[]>
  readonly journal: Journal
}

/**
 * Records who has several addresses, for people with a photo or soon with one. Call it before photos are written, so
 * that the gate never has a photo without knowing whose it is.
 */
export function rememberAddresses(input: KnownAddressesInput): void {
  const { listings, conflicts, groups, files, journal } = input
  const wanted = new Set<string>()
  for (const { addresses } of groups) for (const address of addresses) wanted.add(address)
  const counts = (address: string) => wanted.has(address) || files.has(address)
  // An address of several people is left out: a shared mailbox must not make one person of them.
  const open = new Set(conflicts.map(({ source, address }) => `${source}\0${address}`))
  for (const { source, persons } of listings) {
    for (const person of persons) {
      const known = journal.records.persons.get(source, person.key)
      if (person.addresses.length < 2 && known?.addresses === undefined) continue
      const own = person.addresses.filter(address => !open.has(`${source}\0${address}`))
      const isOfUse = known !== undefined || person.addresses.some(counts)
      const addresses = isOfUse ? severalOf(own, known) : undefined
      if (known?.addresses?.join() === addresses?.join()) continue
      const record = known ?? newPersonRecord(source, person)
      journal.add({ kind: 'person', person: { ...record, addresses } })
    }
  }
  journal.write()
}

/** The records of people with several addresses whose photo is still there. */
export function* personsWithAddresses(
  listings: readonly Listing[],
  records: Records,
  stands: (address: string) => boolean,
): Generator<PersonRecord> {
  for (const { source, persons } of listings) {
    for (const { key, addresses } of persons) {
      if (addresses.length < 2 || !addresses.some(stands)) continue
      const record = records.persons.get(source, key)
      if (record?.addresses !== undefined) yield record
    }
  }
}

// A refused picture keeps its single address too: it tells whose picture it is.
function severalOf(
  addresses: readonly string[],
  known: PersonRecord | undefined,
): readonly string[] | undefined {
  return addresses.length > 1 || known?.refused !== undefined ? addresses : undefined
}

// The source has not been asked yet; most likely an earlier one has the photo.
function newPersonRecord(source: string, { key }: Person): PersonRecord {
  const nothing = { version: undefined, refused: undefined, addresses: undefined }
  return { source, key, original: '', fit: '', ...nothing }
}
