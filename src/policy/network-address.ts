// One network address, parsed strictly. Knows IPv4, IPv6 and IPv4-mapped IPv6 (which becomes IPv4);
// knows nothing of blocks, names or trust.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A parsed address. `words` are unsigned 32-bit, most significant first: one for IPv4, four for IPv6. */
export interface NetworkAddress {
  readonly family: 4 | 6
  readonly words: readonly number[]
  /** Canonical text: dotted quad, or IPv6 as in RFC 5952. */
  readonly text: string
}

/**
 * Reads an address of a socket, a header or a configuration. Undefined for anything that is not exactly one address:
 * short, octal and hexadecimal forms, zones, ports, blanks.
 *
 * The strictness comes from `isIP` (inet_pton); ipaddr.js alone reads `10.1`, `010.0.0.1` and
 * `0x0a.1`. The obsolete `::10.1.2.3` is refused: some take it for `::ffff:10.1.2.3`.
 */
export function parseNetworkAddress(text: string): NetworkAddress | undefined {
  const family = isIP(text)
  if (family === 4) return new Address(wordsOf(text.split('.').map(Number)), text)
  if (family === 0 || text.includes('%')) return undefined
  const hasDots = text.includes('.')
  const words = wordsOf6(hasDots ? withoutDots(text) : text)
  const [a, b, c, d = 0] = words
  const isLow = a === 0 && b === 0
  if (isLow && c === 0xffff) return new Address([d])
  return hasDots && isLow && c === 0 ? undefined : new Address(words)
}

// The text has passed `isIP`. A library that checks it again costs three times as much, and a client can send twenty.
function wordsOf6(text: string): number[] {
  const gap = text.indexOf('::')
  const groups = groupsOf(gap < 0 ? text : text.slice(0, gap))
  const behind = gap < 0 ? [] : groupsOf(text.slice(gap + 2))
  while (groups.length + behind.length < 8) groups.push(0)
  groups.push(...behind)
  const words: number[] = []
  for (let at = 0; at < 8; at += 2) {
    words.push((((groups[at] as number) << 16) | (groups[at + 1] as number)) >>> 0)
  }
  return words
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
}

/** 0.0.0.0 and ::, which mean no address in particular (RFC 6890): no client has them. */
export function isUnspecified({ words }: NetworkAddress): boolean {
  for (const word of words) if (word !== 0) return false
  return true
}

// RFC 4291 section 2.2.3: 64:ff9b::192.0.2.1 is 64:ff9b::c000:201.
function withoutDots(text: string): string {
  const at = text.lastIndexOf(':') + 1
  const [a = 0, b = 0, c = 0, d = 0] = text.slice(at).split('.').map(Number)
  return `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

/**
 * The key of the site that has the address: the address itself, or the /64 of an IPv6 address, because a client with
 * one address of it usually has all of them.
 */
export function siteOf({ family, words, text }: NetworkAddress): string {
  return family === 4 ? text : `${words[0]}:${words[1]}`
}

/** The address of one word (IPv4) or of four (IPv6). Unsigned 32-bit, most significant first. */
export function fromWords(words: readonly number[]): NetworkAddress {
  return new Address(words)
}

// The text is built on first use: a list of 100,000 networks never needs its 200,000 texts.
class Address implements NetworkAddress {
  readonly family: 4 | 6
  readonly words: readonly number[]
  #text: string | undefined

  constructor(words: readonly number[], text?: string) {
    this.family = words.length === 1 ? 4 : 6
    this.words = words
    this.#text = text
  }

  get text(): string {
    this.#text ??= ipaddr.fromByteArray(this.words.flatMap(bytesOf)).toString()
    return this.#text
  }
}

function wordsOf(bytes: readonly number[]): number[] {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
    words.push(((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
  }
  return words
}

function bytesOf(word: number): number[] {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]
}

/** Negative, zero or positive as `a` comes before, is, or comes after `b`; IPv4 comes before IPv6. */
export function compareAddresses(a: NetworkAddress, b: NetworkAddress): number {
  if (a.family !== b.family) return a.family - b.family
  for (let at = 0; at < a.words.length; at++) {
    const difference = (a.words[at] as number) - (b.words[at] as number)
    if (difference !== 0) return difference
  }
  return 0
}
