// The lists in which fronts say who is behind them. Text to hops; trust is none of its business.
import type { NetworkAddress } from '../policy/network-address.ts'
import { isUnspecified, parseNetworkAddress } from '../policy/network-address.ts'

// RFC 7239 section 4, with a quoted value kept whole.
const pair =
  /[ \t]*(?:([!#$%&'*+\-.^_`|~\w]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~\w:[\]]+)))?[ \t]*(;|,|$)/y
// Pairs and empty places together: what is longer was not written by fronts.
const maxParts = 100

/**
 * One hop: an address alone, in brackets, or with a port. Undefined for `unknown`, obfuscated
 * names, zones, 0.0.0.0, ::, empty and all else.
 */
export function parseHop(text: string): NetworkAddress | undefined {
  const address = parseNetworkAddress(text)
  if (address !== undefined) return isUnspecified(address) ? undefined : address
  const [, v6, v4] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::\d{1,5})?$/.exec(text) ?? []
  const inner = parseNetworkAddress(v6 ?? v4 ?? '')
  if (inner === undefined || isUnspecified(inner)) return undefined
  // Brackets are for IPv6 and nothing else.
  return (v6 === undefined) === !(v6 ?? '').includes(':') ? inner : undefined
}

/** One hop of `Forwarded`, RFC 7239 section 6: IPv6 stands in brackets, a port may be obfuscated. */
export function parseNode(text: string): NetworkAddress | undefined {
  if (text.includes(':') && !/^\[|^[^:]*:[^:]*$/.test(text)) return undefined
  return parseHop(text.replace(/:_[\w.-]+$/, ''))
}

// An address and a port, each of their characters escaped.
const maxQuoted = 128

// What is too long to be an address is left as it is, and is none.
function unquote(text: string): string {
  return text.length > maxQuoted ? text : text.replace(/\\(.)/g, '$1')
}

/**
 * The `for` of every element of a `Forwarded` header, leftmost first; undefined when any part of it
 * is malformed. An element without `for` is an empty text; one that is empty itself counts for nothing
 * (RFC 9110 section 5.6.1). The whole is read, from the left, because a quote opened by a client could
 * otherwise swallow what the fronts have added.
 */
export function parseForwarded(header: string): string[] | undefined {
  const hops: string[] = []
  let hop: string | undefined
  let hasPairs = false
  let at = 0
  for (let count = 0; count <= maxParts; count++) {
    // A pair may be missing, before a semicolon and at the end.
    pair.lastIndex = at
    const match = pair.exec(header)
    if (match === null) return undefined
    const [, name, quoted, plain, end] = match
    at = pair.lastIndex
    if (name?.toLowerCase() === 'for') {
      if (hop !== undefined) return undefined
      hop = quoted === undefined ? (plain as string) : unquote(quoted)
    }
    if (name !== undefined || end === ';') hasPairs = true
    if (end === ';') continue
    if (hasPairs) hops.push(hop ?? '')
    hop = undefined
    hasPairs = false
    if (end === '') return hops.length > 0 ? hops : undefined
  }
  return undefined
}
