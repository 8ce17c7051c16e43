// Addresses and people by the lines of an import's journal. A later line about the same photo or person replaces an
// earlier one. Reads no file.
import { parseAddress } from '../text/mail-address.ts'

/** Relative to the photo directory. */
export const journalName = '.supply/journal.jsonl'

/** The lines of one journal. `numbers` outlives it, so that a number never means another person. */
export function buildJournalPeople(numbers: Map<string, number>) {
  const ofPhoto = new Map<string, number>()
  const photosOf = new Map<number, Set<string>>()
  const lists = buildAddressLists()
  let damage: string | undefined
  let lines = 0

  function numberOf({ source, key }: Record<string, unknown>): number {
    const id = `${String(source)}\0${String(key)}`
    const number = numbers.get(id) ?? numbers.size
    numbers.set(id, number)
    return number
  }

  function placePhoto(address: string, person: number | undefined): readonly string[] {
    const before = ofPhoto.get(address)
    if (before !== undefined) photosOf.get(before)?.delete(address)
    if (person === undefined) ofPhoto.delete(address)
    else {
      ofPhoto.set(address, person)
      photosOf.set(person, (photosOf.get(person) ?? new Set()).add(address))
    }
    return [address]
  }

  // Undefined for a line that no import writes.
  function apply(value: Record<string, unknown>): readonly string[] | undefined {
    switch (value.kind) {
      case 'photo': {
        const photo = fieldsOf(value.photo)
        return isText(photo.address)
          ? placePhoto(canonical(photo.address), numberOf(photo))
          : undefined
      }
      case 'photo-gone':
        return isText(value.address) ? placePhoto(canonical(value.address), undefined) : undefined
      case 'person': {
        const person = fieldsOf(value.person)
        const addresses = Array.isArray(person.addresses) ? person.addresses.filter(isText) : []
        return lists.replace(numberOf(person), [...new Set(addresses.map(canonical))])
      }
      case 'person-gone':
        return lists.replace(numberOf(value), [])
      default:
        return value.kind === 'source' || value.kind === 'run' ? [] : undefined
    }
  }

  return {
    /** Reads a line, and adds the addresses that it changes to `touched`. */
    add: (line: string, touched: Set<string>): void => {
      const value = parseLine(line)
      if (lines++ === 0) {
        if (value.photogate === 'supply' && value.version === 1) return
        damage = `${journalName} is not of this version; run photogate import`
        return
      }
      const addresses = apply(value)
      // Fails closed: the line may have named the person of an alias.
      if (addresses === undefined)
        damage ??= `${journalName}:${lines} is damaged; run photogate import, which repairs it`
      else for (const address of addresses) touched.add(address)
    },
    peopleOf: (address: string): readonly number[] => {
      const photo = ofPhoto.get(address)
      const own = photo === undefined ? [] : [photo]
      return [...new Set([...own, ...lists.peopleOf(address)])].sort((a, b) => a - b)
    },
    addressesOf: (person: number): readonly string[] => [
      ...(photosOf.get(person) ?? []),
      ...lists.addressesOf(person),
    ],
    get damage() {
      return damage
    },
  }
}

/** People with several addresses in their source, with or without photos under them. */
function buildAddressLists() {
  const addressesOf = new Map<number, readonly string[]>()
  const peopleOf = new Map<string, Set<number>>()
  return {
    /** Returns the addresses that the person has lost, kept or won. */
    replace: (person: number, addresses: readonly string[]): readonly string[] => {
      const before = addressesOf.get(person) ?? []
      for (const address of before) peopleOf.get(address)?.delete(person)
      // Nearly everybody has one address, and takes no memory.
      const after = addresses.length < 2 ? [] : addresses
      if (after.length === 0) addressesOf.delete(person)
      else addressesOf.set(person, after)
      for (const address of after)
        peopleOf.set(address, (peopleOf.get(address) ?? new Set()).add(person))
      return [...before, ...after]
    },
    peopleOf: (address: string): Iterable<number> => peopleOf.get(address) ?? [],
    addressesOf: (person: number): readonly string[] => addressesOf.get(person) ?? [],
  }
}

// What an earlier version took for an address still counts: its photo may be there.
function canonical(text: string): string {
  return parseAddress(text) ?? text
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return Object(value) as Record<string, unknown>
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(line))
  } catch {
    return {}
  }
}
