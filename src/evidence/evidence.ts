// What is known of one request, read once from its connection and headers. The gate, explain and replay all decide
// by what comes out of here, so they cannot see the same request differently.
import type { IncomingHttpHeaders } from 'node:http'
import type { Settings } from '../config/settings.ts'
import type { AliasesOf, Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Client, ClientReader } from './client-address.ts'
import { clientDoubts } from './client-address.ts'
import { readCookies } from './cookies.ts'
import { SentTokens } from './sent-tokens.ts'
import type { SentCookies, SignInCache } from './sign-in-cache.ts'
import type { CachedVerifier, Payer } from './verdict-cache.ts'

/** By what a request is read. */
export interface EvidenceReaders {
  readonly settings: Pick<Settings, 'policy' | 'ltpa'>
  readonly readClient: ClientReader
  /** Undefined: there are no keys. */
  readonly verifyToken: CachedVerifier | undefined
  readonly signIns?: SignInCache | undefined
  /** Undefined: the photo folder was not read. */
  readonly aliasesOf?: AliasesOf | undefined
}

export interface RequestFacts {
  readonly peer: NetworkAddress | undefined
  readonly headers: IncomingHttpHeaders
  /** The canonical address of the photo asked for. */
  readonly photo: string | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Its tokens are looked at, however many of this client were forged. */
  readonly hasWaited?: boolean
}

/** The evidence, and what is known beside it. */
export interface Sighting {
  readonly evidence: Evidence
  readonly client: Client
  readonly sent: SentCookies
}

export function readEvidence(
  readers: EvidenceReaders,
  { peer, headers, photo, nowMs, hasWaited = false }: RequestFacts,
): Sighting {
  const client = readers.readClient(peer, headers)
  const header = headers.cookie
  const known = header === undefined ? undefined : readers.signIns?.find(header, nowMs)
  const sent = known ?? readSent(readers, header, { client, hasWaited }, nowMs)
  const { cookies, tokens } = sent
  const { aliasesOf } = readers
  const evidence: Evidence = { client: client.address, cookies, photo, aliasesOf, tokens }
  if (client.doubt === undefined && sent.doubt === undefined) return { client, sent, evidence }
  return {
    client,
    sent,
    evidence: {
      ...evidence,
      ...(client.doubt === undefined ? {} : { clientDoubt: clientDoubts[client.doubt] }),
      ...(sent.doubt === undefined ? {} : { cookieDoubt: sent.doubt }),
    },
  }
}

function readSent(
  { settings, verifyToken }: EvidenceReaders,
  header: string | undefined,
  payer: Payer,
  nowMs: number,
): SentCookies {
  const { ltpa, policy } = settings
  const { cookies, doubt } = readCookies(header, policy)
  const tokens =
    ltpa === undefined || verifyToken === undefined
      ? undefined
      : new SentTokens({ cookies, names: ltpa.cookies, verify: verifyToken, nowMs, payer })
  return { header, cookies, doubt, tokens }
}
