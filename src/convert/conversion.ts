// A virtual host of httpd.conf as rules of photogate, with the proof that nothing was changed about the
// addresses, and everything that was.
import { parseNetwork } from '../policy/network-set.ts'
import { and } from './access-expression.ts'
import { BlockReader } from './block-reader.ts'
import type { ConvertedRule, Leftover } from './converted-rule.ts'
import { TooManyRulesError, toRules } from './converted-rule.ts'
import type { CookieAccident } from './cookie-example.ts'
import { Environment } from './environment.ts'
import { removeOpenRules } from './everybody.ts'
import type { Directive, Place, Remark } from './httpd/directive.ts'
import type { AddressAccident, NetworkCondition } from './network-regex.ts'
import type { AddressSpace } from './regex/address-diagram.ts'
import {
  addressesOf,
  formatBlock,
  formatNumber,
  openAddressSpace,
} from './regex/address-diagram.ts'
import { addressesOf6, formatBlocks6 } from './regex/address6-diagram.ts'
import type { TurnAway } from './rewrite-outcome.ts'
import { giveNames } from './unique-names.ts'
import type { VirtualHost } from './virtual-host.ts'
import { readHost } from './virtual-host.ts'

export interface ConvertedNetwork {
  readonly name: string
  /** As the configuration has them: the one minimal list of blocks, then IPv6. */
  readonly blocks: readonly string[]
  /** Of IPv4. */
  readonly addresses: number
  readonly ipv6: 'none' | 'some' | 'all'
  /** Whether it has all of IPv6 that its line matches, and no other. */
  readonly isExact6: boolean
  /** What httpd.conf says. */
  readonly text: string
  readonly place: Place
}

/** What the old block admits though its author can hardly have meant it. */
export interface Accident {
  readonly place: Place
  readonly text: string
  readonly kind: AddressAccident['kind'] | CookieAccident['kind'] | 'spoofed-header'
  /** A header, or the address that a request comes from. */
  readonly request: { readonly header: string } | { readonly from: string }
  /** Whether the configuration still admits it. */
  readonly isKept: boolean
  readonly advice: string | undefined
}

export interface Conversion {
  readonly host: VirtualHost
  readonly networks: readonly ConvertedNetwork[]
  readonly rules: readonly ConvertedRule[]
  /** Undefined: not known, and the built-in page is taken. */
  readonly otherwise: TurnAway['outcome']
  readonly accidents: readonly Accident[]
  readonly leftovers: readonly Leftover[]
  /** What is about something else than photos: nothing to see to. */
  readonly passedOver: readonly Leftover[]
  readonly remarks: readonly Remark[]
  /** Where the photos lie; undefined: not known. */
  readonly directory: string | undefined
}

export interface ConversionInput {
  readonly host: VirtualHost
  readonly config: readonly Directive[]
  readonly remarks: readonly Remark[]
  /** The URL path under which the photos lie, with slashes around; undefined: nobody said. */
  readonly base?: string | undefined
}

export function convertHost(input: ConversionInput): Conversion {
  const { host, config, remarks, base } = input
  const space = openAddressSpace()
  const reader = new BlockReader(space)
  reader.paths = { ...reader.paths, base: base ?? '/', isBaseGiven: base !== undefined }
  const environment = new Environment(config, host.section, reader)
  reader.environment = environment
  const { access, away, directory } = readHost(host, config, { reader, base })
  let rules: ConvertedRule[] = []
  try {
    const addLeftover = (leftover: Leftover) => reader.addLeftover(leftover, leftover.message)
    const all = toRules(and(environment.withoutBrokenReferences(), access), space, addLeftover)
    rules = giveNames(removeOpenRules(all, { space, addLeftover, host: placeOf(host, config) }))
  } catch (error) {
    if (!(error instanceof TooManyRulesError)) throw error
    reader.addLeftover(
      placeOf(host, config),
      `the block ${error.message}; nothing of it is carried over`,
    )
  }
  // Both are the client to a rule: behind a front, the one that comes from the front itself is not.
  for (const { network, places } of reader.testsHeader ? rules : []) {
    if (network?.source !== 'peer') continue
    for (const place of places) {
      reader.addLeftover(
        place,
        'asks where the request comes from, beside lines that ask what a header says; the rule asks for the client that the fronts in proxies report, for both',
      )
    }
  }
  for (const cookie of rules.flatMap(rule => (rule.cookie ? [rule.cookie, ...rule.alike] : []))) {
    for (const header of cookie.wider) {
      reader.addLeftover(
        cookie.place,
        `${cookie.text} does not admit Cookie: ${header}, and the rule does: it heeds neither the case nor the place of a cookie, nor what its value is made of`,
      )
    }
  }
  if (rules.length === 0 && reader.leftovers.length === 0) {
    const message =
      'admits nobody in Apache either: look for Require all denied or Deny from all that holds for the directory of the photos, and for rules without conditions'
    reader.addLeftover(placeOf(host, config), message)
  }
  const networks = distinctNetworks(rules).map(network => convertNetwork(network, space))
  const outcomes = [...new Map(away.map(each => [JSON.stringify(each.outcome), each])).values()]
  const known = outcomes.filter(({ outcome }) => outcome !== undefined)
  for (const { place } of known.slice(1)) {
    reader.addLeftover(
      place,
      'turns away in another way than the rules before it; photogate has one way for all',
    )
  }
  return {
    ...{ host, networks, rules, remarks, directory },
    otherwise: known[0]?.outcome,
    accidents: findAccidents(rules, space),
    leftovers: dedupe(reader.leftovers),
    passedOver: dedupe(reader.passedOver),
  }
}

function placeOf({ section }: VirtualHost, config: readonly Directive[]): Place {
  return section ?? config[0] ?? { file: '', line: 1, column: 1 }
}

function distinctNetworks(rules: readonly ConvertedRule[]): NetworkCondition[] {
  return [...new Set(rules.map(({ network }) => network).filter(each => each !== undefined))]
}

/** @throws when the printed blocks are not just the set: nothing is claimed that was not looked at. */
function convertNetwork(network: NetworkCondition, space: AddressSpace): ConvertedNetwork {
  const { name, set, set6, matched6, text, place } = network
  const blocks = [...space.blocksOf(set).map(formatBlock), ...formatBlocks6(set6, space)]
  // What is printed is read as the configuration will be.
  const ranges = blocks.map(parseNetwork)
  if (addressesOf(ranges, space) !== set || addressesOf6(ranges, space) !== set6)
    throw new Error(`${text} was not carried over exactly`)
  const addresses = space.countAddresses(set)
  const ipv6 = set6 === space.none ? 'none' : set6 === space.all ? 'all' : 'some'
  return { name, blocks, addresses, ipv6, isExact6: set6 === matched6, text, place }
}

function findAccidents(rules: readonly ConvertedRule[], space: AddressSpace): Accident[] {
  const networks = distinctNetworks(rules)
  const cookies = [...new Set(rules.map(({ cookie }) => cookie).filter(each => each !== undefined))]
  return [
    ...cookies.flatMap(({ place, text, accidents }) =>
      accidents.map(({ kind, example }) => ({
        ...{ place, text, kind, isKept: false, advice: undefined },
        request: { header: `Cookie: ${example}` },
      })),
    ),
    ...networks.flatMap(({ place, text, accidents }) =>
      accidents.map(({ kind, example, advice }) => ({
        ...{ place, text, kind, advice, request: { from: example } },
        isKept: kind !== 'ipv6',
      })),
    ),
    ...networks
      .filter(({ source }) => source === 'header')
      .map(({ place, text, set }) => ({
        ...{ place, text, kind: 'spoofed-header' as const, isKept: false },
        request: { header: `X-Forwarded-For: ${formatNumber(space.firstOf(set) ?? 0)}` },
        advice:
          'name the front in proxies; from anybody else the header is not believed, and who comes from there himself is admitted',
      })),
  ]
}

function dedupe(leftovers: readonly Leftover[]): Leftover[] {
  return [...new Map(leftovers.map(each => [JSON.stringify(each), each])).values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  )
}
