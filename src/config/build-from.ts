// Networks as rules name them, and the condition on the client's address.
import type { Condition } from '../policy/condition.ts'
import { fromCondition } from '../policy/from-condition.ts'
import type { NetworkRange } from '../policy/network-set.ts'
import { buildNetworkSet, coversFamily, overlaps, parseNetwork } from '../policy/network-set.ts'
import { findNearest } from '../text/nearest.ts'
import type { Findings } from './document/findings.ts'
import type { Keys } from './document/yaml-nodes.ts'
import { listOf, presentOf } from './lists.ts'
import { namePattern } from './schema/formats.ts'

export type Ranges = readonly NetworkRange[]

export interface NetworksInput {
  readonly networks: ReadonlyMap<string, Ranges>
  readonly proxies: Ranges
  readonly findings: Findings
}

const loopback = ['127.0.0.1', '::1'].map(parseNetwork)

export interface NamedRanges {
  readonly name: string
  readonly ranges: Ranges
}

/** The networks of a list, or of one entry in its place; unknown names are refused and left out. `keys`: of the list. */
export function resolveNetworks(
  { networks, findings }: Pick<NetworksInput, 'networks' | 'findings'>,
  entries: string | readonly (string | undefined)[],
  keys: Keys,
): (NamedRanges & { readonly keys: Keys })[] {
  return listOf(entries as string | string[]).flatMap((entry: string | undefined, index) => {
    if (entry === undefined) return []
    const own = typeof entries === 'string' ? keys : [...keys, index]
    const ranges = namePattern.test(entry) ? networks.get(entry) : [parseNetwork(entry)]
    if (ranges !== undefined) return [{ name: entry, ranges, keys: own }]
    const nearest = findNearest(entry, [...networks.keys()])
    const hint = nearest
      ? `did you mean ${nearest}?`
      : 'add it there, or write an address or a block'
    findings.refuse(own, `"${entry}" is not among networks; ${hint}`)
    return []
  })
}

/** What of a list is known; the rest is left out and not reported. */
export function rangesOf(
  networks: ReadonlyMap<string, Ranges>,
  entries: string | readonly (string | undefined)[],
): Ranges {
  return presentOf(entries as string | string[]).flatMap(entry => [
    ...(namePattern.test(entry) ? (networks.get(entry) ?? []) : [parseNetwork(entry)]),
  ])
}

export function buildFrom(input: NetworksInput, from: string | string[], at: number): Condition {
  const named = resolveNetworks(input, from, ['allow', at, 'from']).map(
    ({ name, ranges, keys }) => {
      for (const risk of risksOf(ranges, input.proxies))
        input.findings.warn(keys, `"${name}" ${risk}`)
      return { name, ranges, set: buildNetworkSet(ranges) }
    },
  )
  const [only, ...others] = named
  const all =
    only !== undefined && others.length === 0
      ? only.set
      : buildNetworkSet(named.flatMap(({ ranges }) => [...ranges]))
  return fromCondition(
    all,
    named.map(({ name, set }) => ({ name, set })),
  )
}

function risksOf(ranges: Ranges, proxies: Ranges): string[] {
  const families = ([4, 6] as const)
    .map(family => ({ family, own: ranges.filter(({ first }) => first.family === family) }))
    .filter(({ own }) => own.length > 0)
  const whole = families.filter(({ own }) => coversFamily(own))
  // The complement of a block list covers one whole family, and not the other.
  if (whole.length > 0) {
    const all = `every address of IPv${whole[0]?.family}`
    return [
      whole.length === families.length
        ? 'is every address there is: this condition holds for everybody'
        : `holds ${all}: this condition holds for everybody who comes over it`,
    ]
  }
  const risks: string[] = []
  if (overlaps(ranges, loopback)) {
    risks.push(
      'holds this machine: a front on it that is not among proxies admits everybody who comes through it',
    )
  }
  if (overlaps(ranges, proxies)) {
    risks.push(
      'holds a proxy: should that front ever be taken out of proxies, everybody who comes through it is admitted',
    )
  }
  return risks
}
