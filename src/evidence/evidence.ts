// What is known of one request, read once from its connection and headers. The gate, explain and replay all decide
// by this evidence, so they cannot see one request differently. Decides nothing.
import type { IncomingHttpHeaders } from 'node:http'
import type { Settings } from '../config/settings.ts'
import type { AliasesOf, Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Client, ClientReader } from './client-address.ts'
import { clientDoubts } from './client-address.ts'
import { readCookies } from './cookies.ts'
import type { FrontProof } from './front-proof.ts'
import type { PassVerifier } from './guest-pass.ts'
import type { LinkKeys } from './link-keys.ts'
import type { ReadPasses } from './sent-passes.ts'
import { readPasses } from './sent-passes.ts'
import { SentTokens } from './sent-tokens.ts'
import type { SentCookies, SignInCache } from './sign-in-cache.ts'
import type { ReadLink } from './signed-link.ts'
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
  /** Undefined when no rule asks for passes. */
  readonly verifyPass?: PassVerifier | undefined
  readonly signIns?: SignInCache | undefined
  /** Undefined when the photo folder was not read. */
  readonly aliasesOf?: AliasesOf | undefined
}

export interface RequestFacts {
  readonly peer: NetworkAddress | undefined
  /** What proves that the peer is a front, beside its address. */
  readonly proof?: FrontProof | undefined
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
  readonly link: ReadLink | undefined
  readonly passes: ReadPasses | undefined
}

export function readEvidence(readers: EvidenceReaders, facts: RequestFacts): Sighting {
  const { peer, proof, headers, photo, nowMs, hasWaited = false } = facts
  const client = readers.readClient(peer, headers, proof)
  const header = headers.cookie
  const known = header === undefined ? undefined : readers.signIns?.find(header, nowMs)
  const sent = known ?? readSent(readers, header, { client, nowMs, hasWaited })
  const { cookies, tokens } = sent
  const { aliasesOf, verifyPass } = readers
  const link = readers.linkKeys && findLink(readers.linkKeys, facts)
  const passes = verifyPass && readPasses(verifyPass, { header, nowMs })
  const evidence: Evidence = {
    client: client.address,
    cookies,
    photo,
    aliasesOf,
    tokens,
    link,
    passes,
  }
  const read = { client, sent, link, passes, evidence }
  if (client.doubt === undefined && sent.doubt === undefined) return read
  return {
    ...read,
    evidence: {
      ...evidence,
      ...(client.doubt === undefined ? {} : { clientDoubt: clientDoubts[client.doubt] }),
      ...(sent.doubt === undefined ? {} : { cookieDoubt: sent.doubt }),
    },
  }
}

function findLink(keys: LinkKeys, { url, photo, nowMs }: RequestFacts): ReadLink | undefined {
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
