// Which addresses are one person's: by several names of one file (hard links), by several files for one address, and by
// the records of imports. Never by the bytes: two people may have the same grey silhouette.
import type { Aliases } from '../policy/condition.ts'
import { buildFileLinks } from './file-links.ts'
import type { PeopleOfAddress } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'

export interface PhotoPeople {
  /** Applies changes of the import's records. */
  record(changes: readonly PeopleOfAddress[]): void
  forgetRecords(): void
  /** A file came, changed or went. The index must have it already as it is now. */
  replaceFile(before: PhotoFile | undefined, now: PhotoFile | undefined): void
  /** The same list object for all addresses of a person, while `version` is the same. */
  addressesOf(address: string): Aliases
  /** Another number after each change. */
  readonly version: number
}

const none: Aliases = []
// A silhouette that many people share is a photo of nobody: a list of its names is a directory.
const maxOfOnePerson = 8

export function buildPhotoPeople(filesOf: (address: string) => readonly PhotoFile[]): PhotoPeople {
  const links = buildFileLinks()
  const peopleOf = new Map<string, readonly number[]>()
  const addressesOf = new Map<number, Set<string>>()
  // The recorded people of an address whose file still shows others: until the file changes, it belongs to both.
  const pending = new Map<string, readonly number[]>()
  const found = new Map<string, Aliases>()
  let version = 0

  function forgetFound(): void {
    version++
    if (found.size > 0) found.clear()
  }

  function setPeople(address: string, people: readonly number[]): void {
    for (const person of peopleOf.get(address) ?? []) addressesOf.get(person)?.delete(address)
    if (people.length === 0) peopleOf.delete(address)
    else peopleOf.set(address, people)
    for (const person of people)
      addressesOf.set(person, (addressesOf.get(person) ?? new Set()).add(address))
  }

  // Visits each file and each person once: one silhouette may have thousands of names.
  function gather(address: string): Set<string> {
    const all = new Set([address])
    const seen = new Set<string | number>()
    // Iterating a set also visits what is added meanwhile.
    for (const one of all) {
      for (const { inode } of filesOf(one)) {
        if (seen.has(inode)) continue
        seen.add(inode)
        for (const other of links.linkedTo(inode)) all.add(other.address)
      }
      for (const person of peopleOf.get(one) ?? []) {
        if (seen.has(person)) continue
        seen.add(person)
        for (const other of addressesOf.get(person) ?? []) all.add(other)
      }
    }
    return all
  }

  // One image, or one record for all of them. Two people may share a mailbox, a silhouette, or a name for a moment.
  function isOnePerson(addresses: readonly string[]): boolean {
    if (addresses.length > maxOfOnePerson) return false
    const inodes = new Set<string>()
    const people = new Set<number | undefined>()
    for (const address of addresses) {
      const files = filesOf(address)
      const recorded = peopleOf.get(address) ?? []
      if (files.length > 1 || recorded.length > 1) return false
      for (const { inode } of files) inodes.add(inode)
      people.add(recorded[0])
    }
    const isOneRecord = people.size === 1 && !people.has(undefined)
    people.delete(undefined)
    return isOneRecord || (inodes.size === 1 && people.size <= 1)
  }

  return {
    record: changes => {
      if (changes.length > 0) forgetFound()
      for (const [address, people] of changes) {
        const before = filesOf(address).length > 0 ? (peopleOf.get(address) ?? []) : []
        const kept = before.filter(person => !people.includes(person))
        if (kept.length > 0) pending.set(address, people)
        else pending.delete(address)
        setPeople(address, [...people, ...kept])
      }
    },
    forgetRecords: () => {
      for (const map of [peopleOf, addressesOf, pending]) map.clear()
      forgetFound()
    },
    replaceFile: (before, now) => {
      forgetFound()
      if (before !== undefined && before.inode !== now?.inode) links.remove(before)
      if (now !== undefined) links.add(now)
      const { address } = (now ?? before) as PhotoFile
      const people = pending.get(address)
      if (people === undefined) return
      pending.delete(address)
      setPeople(address, people)
    },
    addressesOf: address => {
      const known = found.get(address)
      if (known !== undefined) return known
      // As fast as for a known address: how long it takes must not tell which names exist.
      if (!peopleOf.has(address) && filesOf(address).length === 0) return none
      const all = gather(address)
      if (all.size === 1) return none
      const addresses = Object.assign([...all], { isOnePerson: isOnePerson([...all]) })
      for (const one of addresses) found.set(one, addresses)
      return addresses
    },
    get version() {
      return version
    },
  }
}
