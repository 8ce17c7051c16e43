// Decides whose picture each address gets. Pure. The result does not depend on the order in which a source lists
// people.

import type { Person } from '../source/source.ts'
import type { Candidate, Choice, Listing, Owner } from './claims.ts'
import { findMisplaced } from './misplaced.ts'
import type { Records } from './records.ts'
import { personId } from './records.ts'

/** Addresses with the same choices, the best first: one photo serves all of them. */
export interface Group {
  readonly addresses: readonly string[]
  readonly choices: readonly Choice[]
}

/**
 * Several people of one source have the address, and none of them gets it; or the address is another person's in an
 * earlier source, and stays that person's.
 */
export interface Conflict {
  readonly source: string
  readonly address: string
  /** The people, as messages name them. */
  readonly keys: readonly string[]
}

export interface Candidates {
  readonly groups: readonly Group[]
  readonly conflicts: readonly Conflict[]
  /** The `absenceIds` of people whose source says that they have no photo. */
  readonly absent: ReadonlySet<string>
  /**
   * Addresses whose photo shows a person that the source still lists, but without that address, while somebody else
   * has it: the photo is the wrong one.
   */
  readonly misplaced: ReadonlySet<string>
  /** Main addresses of all people, from whole and other listings. */
  readonly people: ReadonlySet<string>
}

/** Ids under which to look for the photo of a person who no longer has one: the key, and addresses because keys change. */
export function absenceIds({ listing: { source }, person }: Candidate): string[] {
  return [person.key, ...person.addresses].map(id => personId(source, id))
}

/** Whether the source that the photo came from says that there is no photo any more. */
export function isWithdrawn(
  absent: ReadonlySet<string>,
  { address, source, key }: Owner & { readonly address: string },
): boolean {
  return absent.has(personId(source, key)) || absent.has(personId(source, address))
}

/**
 * Earlier sources win, address by address. A person's aliases follow the main address: where an earlier
 * source has a photo for that and none for the alias itself, the alias gets it too.
 * @param owned the person whose photo an address has now.
 * @param before by source, what was known when it last listed everybody.
 */
export function findCandidates(
  listings: readonly Listing[],
  owned: ReadonlyMap<string, Owner>,
  before: Records['sources'] = new Map(),
): Candidates {
  const choices = new Map<string, readonly Choice[]>()
  const absent = new Set<string>()
  const people = new Set<string>()
  const conflicts: Conflict[] = []
  const owners: ReadonlyMap<string, Person>[] = []
  for (const listing of listings) {
    const claims = claimsOf(listing)
    const disputed = new Set<string>()
    for (const [address, keys] of claims.disputed) {
      disputed.add(address)
      conflicts.push({ source: listing.source, address, keys: [...keys].sort() })
    }
    // An incomplete list may lack the other person with the address.
    if (!listing.isWhole) {
      for (const address of before.get(listing.source)?.disputed ?? []) disputed.add(address)
    }
    // Kept apart while the source is read: its own choices must not count as those of earlier sources.
    const added: Map<string, readonly Choice[]> = choices.size === 0 ? choices : new Map()
    const earlierOnes = choices.size === 0 ? new Map<string, readonly Choice[]>() : choices
    for (const person of listing.persons) {
      const [main = ''] = person.addresses
      people.add(main)
      if (person.photo === 'absent')
        for (const id of absenceIds({ listing, person })) absent.add(id)
      const ofMain = disputed.has(main) ? [] : (earlierOnes.get(main) ?? [])
      const own: Choice[] = person.photo === 'present' ? [{ listing, person }] : []
      for (const address of person.addresses) {
        if (disputed.has(address)) continue
        const other = address === main ? undefined : findOther(owners, main, address)
        if (other !== undefined) {
          conflicts.push({
            source: listing.source,
            address,
            keys: [nameOf(person), nameOf(other)].sort(),
          })
          continue
        }
        const earlier = earlierOnes.get(address) ?? []
        const inherited = address === main ? [] : ofMain
        if (earlier.length + inherited.length + own.length === 0) continue
        added.set(address, joinChoices(earlier, inherited, own))
      }
    }
    for (const address of claims.disputed.keys()) claims.ownerOf.delete(address)
    // Only later sources ask for owners.
    if (listing !== listings.at(-1)) owners.push(claims.ownerOf)
    if (added !== choices) for (const [address, list] of added) choices.set(address, list)
    for (const address of disputed)
      choices.set(address, joinChoices(choices.get(address) ?? [], [], ['hold']))
    if (listing.isWhole) continue
    for (const [address, { source }] of owned) {
      if (source !== listing.source) continue
      const list = choices.get(address) ?? []
      const isListed = list.some(
        choice => choice !== 'hold' && choice.listing.source === listing.source,
      )
      if (!isListed) choices.set(address, joinChoices(list, [], ['hold']))
    }
  }
  const misplaced = findMisplaced(listings, owned, choices)
  return { groups: groupByChoices(choices), conflicts, absent, misplaced, people }
}

// Most people have one choice only. Choices after a hold never count.
function joinChoices(
  earlier: readonly Choice[],
  inherited: readonly Choice[],
  own: readonly Choice[],
): readonly Choice[] {
  if (earlier.length === 0 && inherited.length === 0) return own
  const all = [...new Set([...earlier, ...inherited, ...own])]
  const held = all.indexOf('hold')
  return held < 0 ? all : all.slice(0, held + 1)
}

function claimsOf({ persons }: Listing) {
  const ownerOf = new Map<string, Person>()
  const disputed = new Map<string, Set<string>>()
  for (const person of persons) {
    for (const address of person.addresses) {
      const first = ownerOf.get(address)
      if (first === undefined) ownerOf.set(address, person)
      else if (first.key !== person.key) {
        const keys = disputed.get(address) ?? new Set([nameOf(first)])
        disputed.set(address, keys.add(nameOf(person)))
      }
    }
  }
  return { ownerOf, disputed }
}

// An earlier source lists the two addresses of this person as two people, and has no photo of the alias's owner: the
// alias must not get another person's photo.
function findOther(
  owners: readonly ReadonlyMap<string, Person>[],
  main: string,
  alias: string,
): Person | undefined {
  return owners
    .map(ownerOf => {
      const other = ownerOf.get(alias)
      const isOther = ownerOf.has(main) && ownerOf.get(main) !== other
      return isOther && other?.photo !== 'present' ? other : undefined
    })
    .find(other => other !== undefined)
}

function groupByChoices(choices: ReadonlyMap<string, readonly Choice[]>): Group[] {
  const groups = new Map<
    string | readonly Choice[],
    { addresses: string[]; choices: readonly Choice[] }
  >()
  for (const [address, list] of choices) {
    // Nearly all people have one list for all their addresses. A hold is not a photo that addresses could share.
    const id =
      list.length === 1 && list[0] !== 'hold'
        ? list
        : `${list.map(idOf).join('\n')}${list[0] === 'hold' ? address : ''}`
    const group = groups.get(id)
    if (group === undefined) groups.set(id, { addresses: [address], choices: list })
    else group.addresses.push(address)
  }
  return [...groups.values()]
}

function idOf(choice: Choice): string {
  return choice === 'hold' ? '' : `${choice.listing.source}\0${choice.person.key}`
}

function nameOf({ label, key }: Person): string {
  return label ?? key
}
