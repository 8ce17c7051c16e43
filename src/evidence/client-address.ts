// The client's network address: the peer's, or the one that a trusted proxy names. A proxy is trusted by its address, or by
// a proof (front-proof.ts). Any doubt about what a proxy says
// leaves no client at all, so that no `from` condition can match. Otherwise the client would be the front
// itself, which is often inside an admitted network.
import type { IncomingHttpHeaders } from 'node:http'
import type { ProvenFronts } from '../config/listen/settings.ts'
import type { ClientHeader } from '../config/settings.ts'
import type { ClientDoubt, Doubt } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import { isUnspecified } from '../policy/network-address.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { buildNetworkSet } from '../policy/network-set.ts'
import { parseForwarded, parseHop, parseNode } from './forwarded.ts'
import type { FrontProof } from './front-proof.ts'
import { buildProofCheck } from './front-proof.ts'

export interface Client {
  readonly address: NetworkAddress | undefined
  readonly doubt: ClientDoubt | undefined
  /** The peer names a client but is not a trusted proxy, so its header is ignored. */
  readonly isIgnored: boolean
  /** The peer, when the client has no address. */
  readonly peer?: NetworkAddress | undefined
}

export const clientDoubts: { readonly [Reason in ClientDoubt]: Doubt<Reason> } = {
  'peer-unknown': {
    reason: 'peer-unknown',
    text: 'the connection has no address (one over a socket needs unix in proxies)',
  },
  'front-unproven': {
    reason: 'front-unproven',
    text: 'the client certificate of the connection is not that of a front in proxies',
  },
  'client-header-missing': { reason: 'client-header-missing', text: 'the proxy named no client' },
  'client-header-unparsable': {
    reason: 'client-header-unparsable',
    text: 'the header that the proxy sent does not name one client for certain',
  },
}

export interface ClientReaderOptions {
  readonly proxies: NetworkSet | undefined
  /** Undefined: none. */
  readonly provenFronts?: ProvenFronts | undefined
  readonly clientHeader: ClientHeader
}

/** `proof`: what proves that the peer is a front, beside its address. */
export type ClientReader = (
  peer: NetworkAddress | undefined,
  headers: IncomingHttpHeaders,
  proof?: FrontProof,
) => Client

export function buildClientReader(options: ClientReaderOptions): ClientReader {
  const { proxies, clientHeader } = options
  const walk = walks[clientHeader]
  const namesHeader = matcherOf(clientHeader)
  const isProven = buildProofCheck(options.provenFronts ?? none)
  return (peer, headers, proof) => {
    const header = headers[clientHeader] as string | undefined
    if (!isProven(proof)) {
      if (peer === undefined || isUnspecified(peer)) return doubt('peer-unknown', peer)
      if (proxies === undefined || !proxies.has(peer)) {
        // It is a front that has lost its proof, most likely: its own address would admit everybody behind it.
        if (proof !== undefined) return doubt('front-unproven', peer)
        return { address: peer, doubt: undefined, isIgnored: header !== undefined }
      }
    }
    if (header === undefined || isHopByHop(headers.connection, namesHeader)) {
      return doubt('client-header-missing', peer)
    }
    const address = walk(header, proxies ?? noProxies)
    return address === undefined
      ? doubt('client-header-unparsable', peer)
      : { address, doubt: undefined, isIgnored: false }
  }
}

const none: ProvenFronts = { unix: false, names: [], authorities: new Set() }
const noProxies = buildNetworkSet([])

function doubt(reason: ClientDoubt, peer: NetworkAddress | undefined): Client {
  return { address: undefined, doubt: reason, isIgnored: false, peer }
}

// CVE-2022-31813, CVE-2024-45410: a header that `Connection` names is for the next hop only. A front that forwards
// both has been tricked into dropping its own header, or into forwarding the client's.
function isHopByHop(connection: string | undefined, naming: RegExp): boolean {
  return connection !== undefined && naming.test(connection)
}

/** Matches a `Connection` header that names `header`. */
function matcherOf(header: string): RegExp {
  return new RegExp(`(?:^|,)[ \\t]*${header.replace('$', '\\$')}[ \\t]*(?:,|$)`, 'i')
}

// Proxies in a row at most. Real chains are shorter, and a header with thousands would only cost time.
const maxHops = 20

type Walk = (header: string, proxies: NetworkSet) => NetworkAddress | undefined

const walks: Record<ClientHeader, Walk> = {
  'x-forwarded-for': walkList,
  forwarded: (header, proxies) => walkHops(parseForwarded(header) ?? [], proxies),
  'x-real-ip': header => parseHop(header.trim()),
  $wsra: header => parseHop(header.trim()),
}

// From the right, without splitting: everything left of the first untrusted hop was written by clients, can be long,
// and is never read.
function walkList(header: string, proxies: NetworkSet): NetworkAddress | undefined {
  let end = header.length
  for (let count = 1; count <= maxHops; count++) {
    const comma = header.lastIndexOf(',', end - 1)
    const hop = parseHop(header.slice(comma + 1, end).trim())
    if (hop === undefined || comma < 0 || !proxies.has(hop)) return hop
    if (comma === 0) return undefined
    end = comma
  }
  return undefined
}

function walkHops(hops: readonly string[], proxies: NetworkSet): NetworkAddress | undefined {
  const first = Math.max(0, hops.length - maxHops)
  for (let at = hops.length - 1; at >= first; at--) {
    const hop = parseNode(hops[at] as string)
    if (hop === undefined || at === 0 || !proxies.has(hop)) return hop
  }
  return undefined
}
