// Who the client is: the peer, or, when the peer is a trusted proxy, whom it names. Any doubt about
// what a proxy says leaves no client at all, so that no `from` condition can match: else the
// client would be the front itself, which often sits inside an admitted network.
import type { IncomingHttpHeaders } from 'node:http'
import type { ClientHeader } from '../config/settings.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { parseForwarded, parseHop } from './forwarded.ts'

/** Why there is no client address. */
export type ClientDoubt = 'peer-unknown' | 'client-header-missing' | 'client-header-unparsable'

export interface Client {
  readonly address: NetworkAddress | undefined
  readonly doubt: ClientDoubt | undefined
  /** The peer names a client but is no proxy: what it says is ignored. */
  readonly isIgnored: boolean
}

export const doubtTexts: Record<ClientDoubt, string> = {
  'peer-unknown': 'the connection has no address',
  'client-header-missing': 'the proxy named no client',
  'client-header-unparsable': 'what the proxy sent names no client for certain',
}

export interface ClientReaderOptions {
  readonly proxies: NetworkSet | undefined
  readonly clientHeader: ClientHeader
}

export type ClientReader = (
  peer: NetworkAddress | undefined,
  headers: IncomingHttpHeaders,
) => Client

export function buildClientReader({ proxies, clientHeader }: ClientReaderOptions): ClientReader {
  const doubts = {
    unknown: doubt('peer-unknown'),
    missing: doubt('client-header-missing'),
    unparsable: doubt('client-header-unparsable'),
  }
  const walk = walks[clientHeader]
  return (peer, headers) => {
    if (peer === undefined) return doubts.unknown
    const header = headers[clientHeader] as string | undefined
    if (proxies === undefined || !proxies.has(peer)) {
      return { address: peer, doubt: undefined, isIgnored: header !== undefined }
    }
    if (header === undefined || isHopByHop(headers.connection, clientHeader)) return doubts.missing
    const address = walk(header, proxies)
    return address === undefined
      ? doubts.unparsable
      : { address, doubt: undefined, isIgnored: false }
  }
}

function doubt(reason: ClientDoubt): Client {
  return { address: undefined, doubt: reason, isIgnored: false }
}

// CVE-2022-31813, CVE-2024-45410: a header that `Connection` names was for the next hop only. A front
// that passes both on has been talked into passing the client's own header instead of its word.
function isHopByHop(connection: string | undefined, header: string): boolean {
  if (connection === undefined || connection.length < header.length) return false
  return connection
    .toLowerCase()
    .split(',')
    .some(option => option.trim() === header)
}

type Walk = (header: string, proxies: NetworkSet) => NetworkAddress | undefined

const walks: Record<ClientHeader, Walk> = {
  'x-forwarded-for': walkList,
  forwarded: (header, proxies) => walkHops(parseForwarded(header) ?? [], proxies),
  'x-real-ip': header => parseHop(header.trim()),
  $wsra: header => parseHop(header.trim()),
}

// From the right, without splitting: what stands left of the first untrusted hop was written by
// nobody who is trusted, may be as long as it likes, and is never looked at.
function walkList(header: string, proxies: NetworkSet): NetworkAddress | undefined {
  let end = header.length
  for (;;) {
    const comma = header.lastIndexOf(',', end - 1)
    const hop = parseHop(header.slice(comma + 1, end).trim())
    if (hop === undefined || comma < 0 || !proxies.has(hop)) return hop
    if (comma === 0) return undefined
    end = comma
  }
}

function walkHops(hops: readonly string[], proxies: NetworkSet): NetworkAddress | undefined {
  for (let at = hops.length - 1; at >= 0; at--) {
    const hop = parseHop(hops[at] as string)
    if (hop === undefined || at === 0 || !proxies.has(hop)) return hop
  }
  return undefined
}
