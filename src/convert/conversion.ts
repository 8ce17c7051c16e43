// Converts a virtual host of httpd.conf to rules of photogate, proves that the networks are exactly those of Apache,
// and lists every other difference.
import { parseNetwork } from '../policy/network-set.ts'
import type { Access } from './access-expression.ts'
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
  /** As the configuration writes them: the minimal list of IPv4 blocks, then that of IPv6. */
  readonly blocks: readonly string[]
  /** Number of IPv4 addresses. */
  readonly addresses: number
  readonly ipv6: 'none' | 'some' | 'all'
  /** Whether the IPv6 blocks are exactly the addresses that the line matches. */
  readonly isExact6: boolean
  /** The expression or networks in httpd.conf. */
  readonly text: string
  readonly place: Place
}

/** A request that Apache admits although the author of httpd.conf can hardly have meant it. */
export interface Accident {
  readonly place: Place
  readonly text: string
  readonly kind: AddressAccident['kind'] | CookieAccident['kind'] | 'spoofed-header'
  /** An example: a header, or the address that the request comes from. */
  readonly request: { readonly header: string } | { readonly from: string }
  /** Whether the new configuration admits it too. */
  readonly isKept: boolean
  readonly advice: string | undefined
}

export interface Conversion {
  readonly host: VirtualHost
  readonly networks: readonly ConvertedNetwork[]
  readonly rules: readonly ConvertedRule[]
  /** Undefined: not known; photogate then shows its built-in page. */
  readonly otherwise: TurnAway['outcome']
  readonly accidents: readonly Accident[]
  readonly leftovers: readonly Leftover[]
  /** Lines that do not concern photos. */
  readonly passedOver: readonly Leftover[]
  readonly remarks: readonly Remark[]
  /** The directory of the photos. Undefined: not known. */
  readonly directory: string | undefined
}

export interface ConversionInput {
  readonly host: VirtualHost
  readonly config: readonly Directive[]
  readonly remarks: readonly Remark[]
  /** The URL path of the photos, with a slash at both ends. Undefined: the administrator named none. */
  readonly base?: string | undefined
}

export function convertHost(input: ConversionInput): Conversion {
  const { host, config, remarks, base } = input
  const space = openAddressSpace()
  const reader = new BlockReader(space)
  reader.paths = { ...reader.paths, base: base ?? '/', isBaseGiven: base !== undefined }
  const environment = new Environment(config, host.section, reader)
  reader.environment = environment
  const { access, turnAways, directory } = readHost(host, config, { reader, base })
  const place = placeOf(host, config)
  const rules = buildRules(and(environment.withoutBrokenReferences(), access), reader, place)
  if (reader.testsHeader) listPeerTests(rules, reader)
  listWiderRules(rules, reader)
  if (rules.length === 0 && reader.leftovers.length === 0) {
    const message =
      'admits nobody in Apache either: look for Require all denied or Deny from all that applies to the directory of the photos, and for rules without conditions'
    reader.addLeftover(place, message)
  }
  const otherwise = chooseOtherwise(turnAways, reader)
  return {
    ...{ host, rules, remarks, directory, otherwise },
    networks: distinctNetworks(rules).map(network => convertNetwork(network, space)),
    accidents: findAccidents(rules, space),
    leftovers: dedupe(reader.leftovers),
    passedOver: dedupe(reader.passedOver),
  }
}

function buildRules(access: Access, reader: BlockReader, host: Place): ConvertedRule[] {
  const { space } = reader
  const addLeftover = (leftover: Leftover) => reader.addLeftover(leftover, leftover.message)
  try {
    const all = toRules(access, space, addLeftover)
    return giveNames(removeOpenRules(all, { space, addLeftover, host }))
  } catch (error) {
    if (!(error instanceof TooManyRulesError)) throw error
    reader.addLeftover(host, `the block ${error.message}; none of it is carried over`)
    return []
  }
}

// Apache tells the peer from the client in a header. For a rule both are the client, and behind a front that is never
// the peer.
function listPeerTests(rules: readonly ConvertedRule[], reader: BlockReader): void {
  for (const { network, places } of rules) {
    if (network?.source !== 'peer') continue
    for (const place of places) {
      reader.addLeftover(
        place,
        'tests the address that the request comes from, while other lines test what a header says; the rules for both test the client that the fronts in proxies report',
      )
    }
  }
}

function listWiderRules(rules: readonly ConvertedRule[], reader: BlockReader): void {
  for (const cookie of rules.flatMap(rule => (rule.cookie ? [rule.cookie, ...rule.alike] : []))) {
    for (const header of cookie.wider) {
      reader.addLeftover(
        cookie.place,
        `${cookie.text} does not admit Cookie: ${header}, but the rule does: it ignores the case of a cookie, its place in the header and the characters of its value`,
      )
    }
  }
}

function chooseOtherwise(turnAways: readonly TurnAway[], reader: BlockReader): TurnAway['outcome'] {
  const distinct = [
    ...new Map(turnAways.map(each => [JSON.stringify(each.outcome), each])).values(),
  ]
  const [first, ...others] = distinct.filter(({ outcome }) => outcome !== undefined)
  for (const { place } of others) {
    reader.addLeftover(
      place,
      'turns away in another way than the rules before it; photogate turns all away in one way',
    )
  }
  return first?.outcome
}

function placeOf({ section }: VirtualHost, config: readonly Directive[]): Place {
  return section ?? config[0] ?? { file: '', line: 1, column: 1 }
}

function distinctNetworks(rules: readonly ConvertedRule[]): NetworkCondition[] {
  return [...new Set(rules.map(({ network }) => network).filter(each => each !== undefined))]
}

/** @throws when the printed blocks are not exactly the set: the report claims only what was checked */
function convertNetwork(network: NetworkCondition, space: AddressSpace): ConvertedNetwork {
  const { name, set, set6, matched6, text, place } = network
  const blocks = [...space.blocksOf(set).map(formatBlock), ...formatBlocks6(set6, space)]
  // The printed blocks are parsed as the gate will parse them.
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
          'name the front in proxies: photogate ignores the header from any other peer, and also admits clients that connect from such an address themselves',
      })),
  ]
}

function dedupe(leftovers: readonly Leftover[]): Leftover[] {
  return [...new Map(leftovers.map(each => [JSON.stringify(each), each])).values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  )
}
