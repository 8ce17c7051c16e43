// The lists in which fronts say who is behind them. Text to hops; trust is none of its business.
import type { NetworkAddress } from '../policy/network-address.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'

// RFC 7239 section 4, with a quoted value kept whole.
const pair =
  /[ \t]*([!#$%&'*+\-.^_`|~\w]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~\w:[\]]+))[ \t]*(;|,|$)/y

/**
 * One hop: an address alone, in brackets, or with a port. Undefined for `unknown`, obfuscated
 * names, zones, empty and all else.
 */
export function parseHop(text: string): NetworkAddress | undefined {
  const address = parseNetworkAddress(text)
  if (address !== undefined) return address
  const [, v6, v4] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::\d{1,5})?$/.exec(text) ?? []
  const inner = parseNetworkAddress(v6 ?? v4 ?? '')
  // Brackets are for IPv6 and nothing else.
  return inner !== undefined && (v6 === undefined) === !(v6 ?? '').includes(':') ? inner : undefined
}

/**
 * The `for` of every element of a `Forwarded` header, leftmost first; undefined when any part of it
 * is malformed. An element without `for` is an empty text. The whole is read, from the left, because
 * a quote opened by a client could otherwise swallow what the fronts have added.
 */
export function parseForwarded(header: string): string[] | undefined {
  const hops: string[] = []
  let hop: string | undefined
  pair.lastIndex = 0
  while (pair.lastIndex < header.length || hops.length === 0) {
    const match = pair.exec(header)
    if (match === null) return undefined
    const [, name = '', quoted, plain, end] = match
    if (name.toLowerCase() === 'for') {
      if (hop !== undefined) return undefined
      hop = quoted?.replace(/\\(.)/g, '$1') ?? (plain as string)
    }
    if (end === ';') {
      if (pair.lastIndex === header.length) return undefined
      continue
    }
    hops.push(hop ?? '')
    hop = undefined
    if (end === ',' && pair.lastIndex === header.length) return undefined
  }
  return hops
}
