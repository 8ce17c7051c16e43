// How many people have a photo that the gate would serve, and who has none: by the records of the last import, or by a list of
// people. Reads no file.
import type { ListedPerson } from '../source/people/people-file.ts'
import type { Records } from './records.ts'
import { personId } from './records.ts'

export interface Coverage {
  readonly people: number
  /** The first address of each person without a photo, in alphabetical order. */
  readonly without: readonly string[]
  /** Most people first. What is not known by domain is missing here. */
  readonly domains: readonly DomainCoverage[]
}

export interface DomainCoverage {
  readonly domain: string
  readonly people: number
  readonly withPhoto: number
}

/** The addresses whose photo the gate would serve. */
export type ServedAddresses = Pick<ReadonlyMap<string, unknown>, 'has'>

/** Undefined: there was no import of all sources yet. */
export function coverageOfRun(records: Records, served: ServedAddresses): Coverage | undefined {
  const { run } = records
  if (run === undefined) return undefined
  const imported = personsOf(records)
  const isServed = (address: string) => served.has(address)
  // People whose photo an import has written and who have none now, each by their first address.
  const lost = imported.filter(addresses => !addresses.some(isServed)).map(([first = '']) => first)
  const still = run.without.filter(address => !isServed(address))
  const without = [...new Set([...still, ...lost])].sort()
  const having = [
    ...imported.flatMap(addresses => addresses.find(isServed) ?? []),
    // Put there by others since.
    ...run.without.filter(isServed),
  ]
  return { people: run.people, without, domains: byDomain(having, without) }
}

/** All addresses of each person that the sources have and whose photo an import has written, in alphabetical order. */
function personsOf({ photos }: Records): string[][] {
  const persons = new Map<string, string[]>()
  for (const { address, source, key, missingSinceMs } of photos.values()) {
    // A person who has left the sources is not counted.
    if (missingSinceMs !== undefined) continue
    const id = personId(source, key)
    persons.set(id, [...(persons.get(id) ?? []), address])
  }
  return [...persons.values()].map(addresses => addresses.sort())
}

/** Each person counts in the domain of the first address. */
export function coverageOfPeople(
  persons: readonly Pick<ListedPerson, 'addresses'>[],
  served: ServedAddresses,
): Coverage {
  const having: string[] = []
  const without: string[] = []
  for (const { addresses } of persons) {
    const list = addresses.some(address => served.has(address)) ? having : without
    list.push(addresses[0] ?? '')
  }
  without.sort()
  return { people: persons.length, without, domains: byDomain(having, without) }
}

function byDomain(having: readonly string[], without: readonly string[]): DomainCoverage[] {
  const domains = new Map<string, { people: number; withPhoto: number }>()
  const count = (address: string, withPhoto: 0 | 1) => {
    const domain = address.slice(address.lastIndexOf('@') + 1)
    const row = domains.get(domain) ?? { people: 0, withPhoto: 0 }
    domains.set(domain, { people: row.people + 1, withPhoto: row.withPhoto + withPhoto })
  }
  for (const address of having) count(address, 1)
  for (const address of without) count(address, 0)
  return [...domains]
    .map(([domain, row]) => ({ domain, ...row }))
    .sort((a, b) => b.people - a.people || (a.domain < b.domain ? -1 : 1))
}
