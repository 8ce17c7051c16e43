// Which addresses are one person's: those of one file under several names (hard links), those of several files
// for one address, and those that the records of imports tell. Never by the bytes: two people may well have the
// same grey silhouette.
import type { PeopleOfAddress } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'

export interface PhotoPeople {
  /** Takes over what the records say of addresses. */
  record(changes: readonly PeopleOfAddress[]): void
  forgetRecords(): void
  /** A file has come, changed or gone; the index has it already as it is now. */
  replaceFile(before: PhotoFile | undefined, now: PhotoFile | undefined): void
  addressesOf(address: string): readonly string[]
}

const none: readonly string[] = []

export function buildPhotoPeople(filesOf: (address: string) => readonly PhotoFile[]): PhotoPeople {
  // All files, by inode and name: whether a file has more names is seen at the last of them only.
  const byInode = new Map<string, PhotoFile | Map<string, PhotoFile>>()
  const peopleOf = new Map<string, readonly number[]>()
  const addressesOf = new Map<number, Set<string>>()
  // What the records say of an address whose file is still that of others: until it changes, it is theirs, too.
  const pending = new Map<string, readonly number[]>()
  const found = new Map<string, readonly string[]>()

  function link(file: PhotoFile): void {
    const known = byInode.get(file.inode)
    if (known instanceof Map) known.set(file.name, file)
    else if (known === undefined || known.name === file.name) byInode.set(file.inode, file)
    else {
      const both = [known, file].map((one): [string, PhotoFile] => [one.name, one])
      byInode.set(file.inode, new Map(both))
    }
  }

  function unlink({ inode, name }: PhotoFile): void {
    const known = byInode.get(inode)
    if (!(known instanceof Map)) byInode.delete(inode)
    else if (known.delete(name) && known.size === 0) byInode.delete(inode)
  }

  function linkedTo(inode: string): Iterable<PhotoFile> {
    const known = byInode.get(inode)
    // A number is one file's, unless it was freed and given away in between: then none says that it is linked.
    if (!(known instanceof Map) || !hasLink(known.values())) return []
    return known.values()
  }

  function setPeople(address: string, people: readonly number[]): void {
    for (const person of peopleOf.get(address) ?? []) addressesOf.get(person)?.delete(address)
    if (people.length === 0) peopleOf.delete(address)
    else peopleOf.set(address, people)
    for (const person of people)
      addressesOf.set(person, (addressesOf.get(person) ?? new Set()).add(address))
  }

  // Each file and each person is gone through once: one silhouette may have thousands of names.
  function gather(address: string): Set<string> {
    const all = new Set([address])
    const seen = new Set<string | number>()
    // A set hands out what is added while it is gone through.
    for (const one of all) {
      for (const { inode } of filesOf(one)) {
        if (seen.has(inode)) continue
        seen.add(inode)
        for (const other of linkedTo(inode)) all.add(other.address)
      }
      for (const person of peopleOf.get(one) ?? []) {
        if (seen.has(person)) continue
        seen.add(person)
        for (const other of addressesOf.get(person) ?? []) all.add(other)
      }
    }
    return all
  }

  return {
    record: changes => {
      if (changes.length > 0) found.clear()
      for (const [address, people] of changes) {
        const before = filesOf(address).length > 0 ? (peopleOf.get(address) ?? []) : []
        const kept = before.filter(person => !people.includes(person))
        if (kept.length > 0) pending.set(address, people)
        else pending.delete(address)
        setPeople(address, [...people, ...kept])
      }
    },
    forgetRecords: () => {
      for (const map of [peopleOf, addressesOf, pending, found]) map.clear()
    },
    replaceFile: (before, now) => {
      if (found.size > 0) found.clear()
      if (before !== undefined && before.inode !== now?.inode) unlink(before)
      if (now !== undefined) link(now)
      const { address } = (now ?? before) as PhotoFile
      const people = pending.get(address)
      if (people === undefined) return
      pending.delete(address)
      setPeople(address, people)
    },
    addressesOf: address => {
      const known = found.get(address)
      if (known !== undefined) return known
      const all = gather(address)
      // Addresses that somebody made up must take no room.
      if (all.size > 1) {
        const addresses = [...all]
        for (const one of addresses) found.set(one, addresses)
        return addresses
      }
      if (filesOf(address).length > 0) found.set(address, none)
      return none
    },
  }
}

function hasLink(files: Iterable<PhotoFile>): boolean {
  for (const { links } of files) if (links > 1) return true
  return false
}
