// The gate itself: evidence in, admitted or not. Runs before every route and is the only way to one.
import type { IncomingHttpHeaders } from 'node:http'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Evidence } from '../policy/policy.ts'
import { decide } from '../policy/policy.ts'
import type { Client } from './client-address.ts'
import { doubtTexts } from './client-address.ts'
import type { CookieParser } from './cookies.ts'
import { readCookies } from './cookies.ts'
import type { GateState } from './state.ts'

export interface RequestFacts {
  readonly peer: NetworkAddress | undefined
  readonly headers: IncomingHttpHeaders
  /** The canonical address of the photo asked for. */
  readonly photo: string | undefined
}

/** The evidence of a request, and what is known of the client beside it. Also what `explain` judges. */
export function readEvidence(
  state: Pick<GateState, 'settings' | 'readClient'>,
  request: RequestFacts,
  parseCookie: CookieParser,
): { evidence: Evidence; client: Client } {
  const { peer, headers, photo } = request
  const client = state.readClient(peer, headers)
  const cookies = readCookies(headers.cookie, state.settings.policy.cookieNames, parseCookie)
  const evidence: Evidence = { client: client.address, cookies, photo }
  return {
    client,
    evidence:
      client.doubt === undefined
        ? evidence
        : { ...evidence, clientDoubt: doubtTexts[client.doubt] },
  }
}

/** The name of the rule that admits, or undefined. A failure to decide turns away. */
export function findAdmittingRule(
  state: GateState,
  evidence: Evidence,
  onFailure: (error: unknown) => void,
): string | undefined {
  try {
    return decide(state.settings.policy, evidence)?.name
  } catch (error) {
    onFailure(error)
    return undefined
  }
}
