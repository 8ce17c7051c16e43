// What is known of one request, read once from its connection and headers. The gate, explain and replay all decide
// by this evidence, so they cannot see one request differently. Decides nothing.
import type { IncomingHttpHeaders } from 'node:http'
import type { Settings } from '../config/settings.ts'
import type { AliasesOf, Evidence, SentLink } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Client, ClientReader } from './client-address.ts'
import { clientDoubts } from './client-address.ts'
import { readCookies } from './cookies.ts'
import { SentTokens } from './sent-tokens.ts'
import type { SentCookies, SignInCache } from './sign-in-cache.ts'
import type { LinkKeys } from './signed-link.ts'
import { readLink } from './signed-link.ts'
import type { CachedVerifier, VerifyContext } from './verdict-cache.ts'

/** What a request is read with. */
export interface EvidenceReaders {
  readonly settings: Pick<Settings, 'policy' | 'ltpa'>
  readonly readClient: ClientReader
  /** Undefined without keys. */
  readonly verifyToken: CachedVerifier | undefined
  /** Undefined without secrets. */
  readonly linkKeys?: LinkKeys | undefined
  readonly signIns?: SignInCache | undefined
  /** Undefined when the photo folder was not read. */
  readonly aliasesOf?: AliasesOf | undefined
}

export interface RequestFacts {
  readonly peer: NetworkAddress | undefined
  readonly headers: IncomingHttpHeaders
  /** The canonical mail address of the photo. */
  readonly photo: string | undefined
  /** The request-target as received, of which a signed link is read; undefined: it is not known. */
  readonly url?: string | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Verify the tokens, no matter how many of this client's tokens were forged. */
  readonly hasWaited?: boolean
}

/** The evidence, and what it was read from. */
export interface Sighting {
  readonly evidence: Evidence
  readonly client: Client
  readonly sent: SentCookies
}

export function readEvidence(readers: EvidenceReaders, facts: RequestFacts): Sighting {
  const { peer, headers, photo, nowMs, hasWaited = false } = facts
  const client = readers.readClient(peer, headers)
  const header = headers.cookie
  const known = header === undefined ? undefined : readers.signIns?.find(header, nowMs)
  const sent = known ?? readSent(readers, header, { client, nowMs, hasWaited })
  const { cookies, tokens } = sent
  const { aliasesOf } = readers
  const link = readers.linkKeys && findLink(readers.linkKeys, facts)
  const evidence: Evidence = { client: client.address, cookies, photo, aliasesOf, tokens, link }
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

function findLink(keys: LinkKeys, { url, photo, nowMs }: RequestFacts): SentLink | undefined {
  return url === undefined || photo === undefined
    ? undefined
    : readLink(keys, { url, photo, nowMs })
}

function readSent(
  { settings, verifyToken }: EvidenceReaders,
  header: string | undefined,
  context: VerifyContext,
): SentCookies {
  const { ltpa, policy } = settings
  const { cookies, doubt } = readCookies(header, policy)
  const tokens =
    ltpa === undefined || verifyToken === undefined
      ? undefined
      : new SentTokens({ cookies, names: ltpa.cookies, verify: verifyToken, context })
  return { header, cookies, doubt, tokens }
}
