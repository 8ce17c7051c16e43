// Which file answers for which address, and which addresses are one person's, in memory. The watch reports changes; the
// index never reads the disk.
import type { Aliases } from '../policy/condition.ts'
import type { PeopleOfAddress } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'
import { buildPhotoPeople } from './photo-people.ts'

export interface PhotoIndex {
  /** The file that answers for a canonical address. */
  find(address: string): PhotoFile | undefined
  /** Applies what came, changed and went; returns the addresses whose answering file went. */
  apply(
    changed: readonly PhotoFile[],
    gone: readonly string[],
    people?: readonly PeopleOfAddress[],
  ): string[]
  /** Forgets all people: a new watch reads the records anew and numbers them anew. */
  forgetRecords(): void
  /**
   * All addresses of the person whose photo is or is recorded under this one; empty when there is no other. The same
   * list object for all of them until something changes.
   */
  addressesOf(address: string): Aliases
  /** All files, also those that another file for the same address outranks. */
  files(): Iterable<PhotoFile>
  /** The files that answer, one for each address, in no order. May go on while files come and go. */
  answering(): Iterable<PhotoFile>
  readonly size: number
  /** Files that another file for the same address outranks. */
  readonly outranked: number
}

/** The file that answers for an address, and what is known of its person. */
interface Answering {
  readonly file: PhotoFile
  aliases: Aliases
  /** Of the people, when `aliases` was found. */
  version: number
}

// Of an address whose people were not looked for yet.
const notLookedFor = { aliases: [] as Aliases, version: -1 }

/** `onClash` gets all files of an address that has several, the answering one first. */
export function buildPhotoIndex(onClash: (files: readonly PhotoFile[]) => void): PhotoIndex {
  const byName = new Map<string, PhotoFile>()
  // Nearly every address has one file. Where there are several, the newest answers.
  const byAddress = new Map<string, Answering>()
  const clashes = new Map<string, PhotoFile[]>()
  const people = buildPhotoPeople(filesOf)

  // The address, if it was this file that answered for it.
  function remove(name: string): string | undefined {
    const file = byName.get(name)
    if (file === undefined) return undefined
    byName.delete(name)
    const isServed = byAddress.get(file.address)?.file.name === name
    rank(
      file.address,
      filesOf(file.address).filter(other => other.name !== name),
    )
    people.replaceFile(file, undefined)
    return isServed ? file.address : undefined
  }

  function filesOf(address: string): readonly PhotoFile[] {
    const only = byAddress.get(address)?.file
    return clashes.get(address) ?? (only ? [only] : [])
  }

  function rank(address: string, files: readonly PhotoFile[]): void {
    // Equal times would make the winner depend on the order of events; the name settles it.
    const [first, ...others] = files.toSorted(
      (a, b) => b.modifiedMs - a.modifiedMs || (a.name < b.name ? -1 : 1),
    )
    if (first === undefined) byAddress.delete(address)
    else byAddress.set(address, { file: first, ...notLookedFor })
    if (first === undefined || others.length === 0) clashes.delete(address)
    else clashes.set(address, [first, ...others])
  }

  // Kept with the file: the same request asks for both, and one look-up that leaves the processor's caches is enough.
  function addressesOf(address: string): Aliases {
    const answering = byAddress.get(address)
    if (answering === undefined) return people.addressesOf(address)
    if (answering.version !== people.version) {
      answering.aliases = people.addressesOf(address)
      answering.version = people.version
    }
    return answering.aliases
  }

  return {
    find: address => byAddress.get(address)?.file,
    apply: (changed, gone, recorded = []) => {
      // First: an alias must not be served before its person is known.
      people.record(recorded)
      const left = gone.map(remove).filter(address => address !== undefined)
      for (const file of changed) {
        const previous = byName.get(file.name)
        byName.set(file.name, file)
        const others = filesOf(file.address).filter(other => other.name !== file.name)
        rank(file.address, [...others, file])
        people.replaceFile(previous, file)
        if (others.length > 0 && previous === undefined) onClash(filesOf(file.address))
      }
      return left
    },
    forgetRecords: people.forgetRecords,
    addressesOf,
    files: () => byName.values(),
    *answering() {
      for (const { file } of byAddress.values()) yield file
    },
    get size() {
      return byAddress.size
    },
    get outranked() {
      return byName.size - byAddress.size
    },
  }
}
