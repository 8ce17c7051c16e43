// The gate itself: evidence in, admitted or not. Runs before every route and is the only way to one.
import type { IncomingHttpHeaders } from 'node:http'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Decision, Evidence } from '../policy/policy.ts'
import { decide } from '../policy/policy.ts'
import type { Client } from './client-address.ts'
import { doubtTexts } from './client-address.ts'
import type { CookieParser } from './cookies.ts'
import { readCookies } from './cookies.ts'
import { SentTokens } from './sent-tokens.ts'
import type { GateState } from './state.ts'

export interface RequestFacts {
  readonly peer: NetworkAddress | undefined
  readonly headers: IncomingHttpHeaders
  /** The canonical address of the photo asked for. */
  readonly photo: string | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** What is judged, and what is known beside it. */
export interface Sighting {
  readonly evidence: Evidence
  readonly client: Client
  readonly tokens: SentTokens | undefined
}

/** The evidence of a request, and what is known of the client beside it. Also what `explain` judges. */
export function readEvidence(
  state: Pick<GateState, 'settings' | 'readClient' | 'verifyToken'>,
  { peer, headers, photo, nowMs }: RequestFacts,
  parseCookie: CookieParser,
): Sighting {
  const { ltpa, policy } = state.settings
  const client = state.readClient(peer, headers)
  const cookies = readCookies(headers.cookie, policy.cookieNames, parseCookie)
  const tokens =
    ltpa === undefined || state.verifyToken === undefined
      ? undefined
      : new SentTokens({
          cookies,
          names: ltpa.cookies,
          verify: state.verifyToken,
          nowMs,
          // A front that is not believed sends what many send: they are not to pay for each other.
          client: client.isIgnored ? undefined : client.address,
        })
  const evidence: Evidence = { client: client.address, cookies, photo, tokens }
  return {
    client,
    tokens,
    evidence:
      client.doubt === undefined
        ? evidence
        : { ...evidence, clientDoubt: doubtTexts[client.doubt] },
  }
}

/** What admits, or undefined. A failure to decide turns away. */
export function findAdmission(
  state: GateState,
  evidence: Evidence,
  onFailure: (error: unknown) => void,
): Decision | undefined {
  try {
    return decide(state.settings.policy, evidence)
  } catch (error) {
    onFailure(error)
    return undefined
  }
}
