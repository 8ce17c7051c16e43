// Photos under an address that has gone from their person to another one.

import type { Person } from '../source/source.ts'
import type { Candidate, Choice, Listing, Owner } from './claims.ts'

/**
 * Addresses whose photo is of a person that its source still lists, and not with that address, while somebody
 * else has it.
 * @param owned by address, whose photo stands there.
 */
export function findMisplaced(
  listings: readonly Listing[],
  owned: ReadonlyMap<string, Owner>,
  choices: ReadonlyMap<string, readonly Choice[]>,
): Set<string> {
  // Nearly all are where their owner is listed: of the others only, owners are looked up.
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
        // What is an alias of the owner's, by another source, is in its place.
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
