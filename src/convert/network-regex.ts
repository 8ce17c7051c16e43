// Finds the exact set of addresses that one line of httpd.conf matches, and addresses among them that its author can
// hardly have meant.
import { fromWords } from '../policy/network-address.ts'
import type { Place } from './httpd/directive.ts'
import type { AddressSet, AddressSpace } from './regex/address-diagram.ts'
import { formatNumber } from './regex/address-diagram.ts'
import type { Automaton } from './regex/automaton.ts'
import { buildAutomaton } from './regex/automaton.ts'
import { isFoundIn } from './regex/automaton-search.ts'
import { oneChar } from './regex/char-set.ts'
import { findAddresses } from './regex/matched-addresses.ts'
import { findAddresses6 } from './regex/matched-addresses6.ts'
import type { Regex } from './regex/regex.ts'
import { parseRegex } from './regex/regex-parser.ts'

export interface NetworkCondition {
  /** Taken from the comment above the line; valid in the configuration. */
  readonly name: string
  /** The IPv4 addresses. */
  readonly set: AddressSet
  /** The IPv6 addresses that a rule is to admit. */
  readonly set6: AddressSet
  /** All IPv6 addresses that the line matches. Undefined: too many blocks to write as networks, also negated. */
  readonly matched6: AddressSet | undefined
  /** The expression or networks in httpd.conf. */
  readonly text: string
  readonly place: Place
  readonly accidents: readonly AddressAccident[]
  /** Where httpd.conf takes the client's address from. */
  readonly source: AddressSource
}

/** `peer`: REMOTE_ADDR. `header`: a header of the request. */
export type AddressSource = 'peer' | 'header'

export type AddressAccident = {
  readonly kind: 'missing-start' | 'missing-end' | 'unescaped-dot' | 'ipv6'
  /** An address that is admitted for this reason only. */
  readonly example: string
  readonly advice: string
}

export type AddressSets = Pick<NetworkCondition, 'set' | 'set6' | 'matched6'>

// Nobody means more blocks than that, or can maintain them.
export const maxBlocks = 10_000

/**
 * The addresses that an expression matches.
 * @throws RegexError, TooComplexError
 */
export function readAddressRegex(
  text: string,
  space: AddressSpace,
  { ignoresCase = false }: { readonly ignoresCase?: boolean } = {},
): AddressSets & { readonly accidents: readonly AddressAccident[] } {
  // The case matters for the letters of IPv6.
  const regex = parseRegex(text, { ignoresCase })
  const automaton = buildAutomaton(regex)
  const set = findAddresses(automaton, space)
  const accidents = findAccidents(text, regex, { set, space })
  const found = findAddresses6(automaton, space)
  const matched6 = space.countBlocks(found) > maxBlocks ? undefined : found
  // An expression means IPv6 if it has a colon, matches no IPv4 address, or matches all IPv6 addresses.
  const isMeant = text.includes(':') || set === space.none || found === space.all
  if (isMeant) return { set, set6: matched6 ?? space.none, matched6, accidents }
  const example = found === space.none ? undefined : exampleOf6(found, automaton, space)
  if (example !== undefined) {
    accidents.push({ kind: 'ipv6', example, advice: 'IPv6 clients need networks of their own' })
  }
  return { set, set6: space.none, matched6, accidents }
}

const samplesOfV6 = ['2001:db8::1', '::1', 'fe80::10:1']

function exampleOf6(found: AddressSet, automaton: Automaton, space: AddressSpace): string {
  const sample = samplesOfV6.find(address => isFoundIn(automaton, address))
  if (sample !== undefined) return sample
  const words = [0, 0, 0, 0]
  let set = found
  for (let bit = 0; set !== space.all; bit++) {
    const [low, high] = space.halvesOf(set)
    if (low === space.none) words[bit >>> 5] = (words[bit >>> 5] as number) + 2 ** (31 - (bit & 31))
    set = low === space.none ? high : low
  }
  return fromWords(words).text
}

const digitsOnly = Array.from({ length: 10 }, (_, digit) => oneChar(48 + digit)).reduce(
  (all, each) => all | each,
  0n,
)

function findAccidents(
  text: string,
  regex: Regex,
  { set, space }: { readonly set: AddressSet; readonly space: AddressSpace },
): AddressAccident[] {
  const accidents: AddressAccident[] = []
  const compare = (kind: AddressAccident['kind'], meant: Regex, advice: string) => {
    const those = findAddresses(buildAutomaton(meant), space)
    const rest = space.intersection(set, space.complement(those))
    const example = space.firstOf(rest)
    // The author cannot have meant an expression that matches nothing.
    if (those === space.none || example === undefined) return false
    accidents.push({ kind, example: formatNumber(example), advice })
    return true
  }
  const sequence = (...parts: Regex[]): Regex => ({ kind: 'sequence', parts })
  if (!startsAtStart(regex)) {
    compare('missing-start', sequence({ kind: 'start' }, regex), `^${text}`)
  }
  if (endsWithDigit(regex)) {
    const dot: Regex = { kind: 'chars', set: oneChar(46), isDot: false }
    compare('missing-end', sequence(regex, { kind: 'end' }), `${text}$`) ||
      compare('missing-end', sequence(regex, dot), `${text}\\.`)
  }
  if (/(?<!\\)\./.test(text)) compare('unescaped-dot', withPlainDots(regex), 'write \\. for a dot')
  return accidents
}

function startsAtStart(regex: Regex): boolean {
  return regex.kind === 'start' || (regex.kind === 'sequence' && regex.parts[0]?.kind === 'start')
}

function endsWithDigit(regex: Regex): boolean {
  switch (regex.kind) {
    case 'chars':
      return (regex.set & ~digitsOnly) === 0n
    case 'sequence':
      return regex.parts.length > 0 && endsWithDigit(regex.parts.at(-1) as Regex)
    case 'choice':
      return regex.options.some(endsWithDigit)
    case 'repeat':
      // A repetition without bound takes all digits of the octet.
      return regex.max !== Infinity && endsWithDigit(regex.part)
    default:
      return false
  }
}

/** The expression with its single dots taken literally. A repeated dot is meant to match anything. */
function withPlainDots(regex: Regex): Regex {
  switch (regex.kind) {
    case 'chars':
      return regex.isDot ? { kind: 'chars', set: oneChar(46), isDot: false } : regex
    case 'sequence':
      return { kind: 'sequence', parts: regex.parts.map(withPlainDots) }
    case 'choice':
      return { kind: 'choice', options: regex.options.map(withPlainDots) }
    case 'repeat':
      return regex.part.kind === 'chars' ? regex : { ...regex, part: withPlainDots(regex.part) }
    default:
      return regex
  }
}
