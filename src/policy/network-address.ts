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
 * Reads an address as it stands in a socket, a header or a configuration. Undefined for all that is
 * not exactly one address: short or octal or hexadecimal forms, zones, ports, blanks.
 *
 * The strictness comes from `isIP` (inet_pton); ipaddr.js alone reads `10.1`, `010.0.0.1` and
 * `0x0a.1`, and takes the obsolete `::10.1.2.3` for `::ffff:10.1.2.3`, which would let the one
 * match blocks that are meant for the other.
 */
export function parseNetworkAddress(text: string): NetworkAddress | undefined {
  const family = isIP(text)
  if (family === 4) return fromBytes(ipaddr.IPv4.parse(text).toByteArray())
  if (family === 0 || text.includes('%')) return undefined
  if (text.includes('.') && !/^::ffff:/i.test(text)) return undefined
  return fromBytes(ipaddr.process(text).toByteArray())
}

/** The address of 4 or 16 bytes, network order. */
export function fromBytes(bytes: readonly number[]): NetworkAddress {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(at, at + 4)
    words.push(((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
  }
  const text = ipaddr.fromByteArray([...bytes]).toString()
  return { family: words.length === 1 ? 4 : 6, words, text }
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
