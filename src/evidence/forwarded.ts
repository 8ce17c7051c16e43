// The lists in which fronts name their clients. Parses text to hops; does not know which hops are trusted.
import type { NetworkAddress } from '../policy/network-address.ts'
import { isUnspecified, parseNetworkAddress } from '../policy/network-address.ts'

// RFC 7239 section 4. A quoted value is kept whole.
const pair =
  /[ \t]*(?:([!#$%&'*+\-.^_`|~\w]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+\-.^_`|~\w:[\]]+)))?[ \t]*(;|,|$)/y
// Pairs and empty elements together. Fronts do not write longer lists.
const maxParts = 100

/**
 * One hop: an address alone, in brackets, or with a port. Undefined for everything else, including `unknown`, obfuscated
 * names, zones, 0.0.0.0, :: and the empty text.
 * @example parseHop('[2001:db8::1]:443')?.text // '2001:db8::1'
 */
export function parseHop(text: string): NetworkAddress | undefined {
  const address = parseNetworkAddress(text)
  if (address !== undefined) return isUnspecified(address) ? undefined : address
  const [, v6, v4] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::\d{1,5})?$/.exec(text) ?? []
  const inner = parseNetworkAddress(v6 ?? v4 ?? '')
  if (inner === undefined || isUnspecified(inner)) return undefined
  // Brackets are for IPv6 only.
  return (v6 === undefined) === !(v6 ?? '').includes(':') ? inner : undefined
}

/**
 * One hop of `Forwarded`, RFC 7239 section 6: IPv6 is in brackets, a port may be obfuscated.
 * @example parseNode('192.0.2.1:_hidden')?.text // '192.0.2.1'
 */
export function parseNode(text: string): NetworkAddress | undefined {
  if (text.includes(':') && !/^\[|^[^:]*:[^:]*$/.test(text)) return undefined
  return parseHop(text.replace(/:_[\w.-]+$/, ''))
}

// Enough for an address and a port with every character escaped.
const maxQuoted = 128

// Longer text cannot be an address, so it is not unescaped.
function unquote(text: string): string {
  return text.length > maxQuoted ? text : text.replace(/\\(.)/g, '$1')
}

/**
 * The `for` of every element of a `Forwarded` header, leftmost first; undefined when any part of the header is
 * malformed. An element without `for` gives an empty text; an empty element is skipped (RFC 9110 section 5.6.1).
 * The whole header is read, from the left: otherwise a quote that a client opens could hide what the fronts add.
 * @example parseForwarded('for=192.0.2.1;proto=https, for="[2001:db8::1]"') // ['192.0.2.1', '[2001:db8::1]']
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
