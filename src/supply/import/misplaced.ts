// Finds photos under an address that has passed from the person in the photo to another person.

import type { Person } from '../source/source.ts'
import type { Candidate, Choice, Listing, Owner } from './claims.ts'

/**
 * Addresses whose photo shows a person that the source still lists, but without that address, while somebody else has
 * it.
 * @param owned the person whose photo an address has now.
 */
export function findMisplaced(
  listings: readonly Listing[],
  owned: ReadonlyMap<string, Owner>,
  choices: ReadonlyMap<string, readonly Choice[]>,
): Set<string> {
  // Nearly all photos are where their owner is listed; only for the others are owners looked up.
  const others = [...owned].filter(([address, owner]) => {
    const list = choices.get(address) ?? []
    return !list.some(choice => choice === 'hold' || isOf(choice, owner))
  })
  if (others.length === 0) return new Set()
  const bySource = new Map(
    listings.map(({ source, persons }) => [
      source,
      new Map(persons.map(person => [person.key, person])),
    ]),
  )
  const suspects = new Map<string, Person>()
  for (const [address, { source, key }] of others) {
    const owner = bySource.get(source)?.get(key)
    if (owner !== undefined && !owner.addresses.includes(address)) suspects.set(address, owner)
  }
  if (suspects.size === 0) return new Set()
  const misplaced = new Set<string>()
  const inherited = new Set<string>()
  for (const { persons } of listings) {
    for (const { addresses } of persons) {
      const [main = ''] = addresses
      for (const address of addresses) {
        const owner = suspects.get(address)
        if (owner === undefined) continue
        // By another source the address is the owner's alias: the photo is right there.
        ;(owner.addresses.includes(main) ? inherited : misplaced).add(address)
      }
    }
  }
  for (const address of inherited) misplaced.delete(address)
  return misplaced
}

function isOf({ listing, person }: Candidate, { source, key }: Owner): boolean {
  return listing.source === source && person.key === key
}
