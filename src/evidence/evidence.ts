// The gate itself: evidence in, admitted or not. Runs before every route and is the only way to one.
import type { IncomingHttpHeaders } from 'node:http'
import type { Reason } from '../gate/access-log.ts'
import type { GateState } from '../gate/state.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Decision, Evidence } from '../policy/policy.ts'
import { decide, isUndecided } from '../policy/policy.ts'
import type { Client } from './client-address.ts'
import { doubtTexts } from './client-address.ts'
import type { CookieParser } from './cookies.ts'
import { readCookies } from './cookies.ts'
import { SentTokens } from './sent-tokens.ts'
import type { SentCookies } from './sign-in-cache.ts'
import type { Target } from './target.ts'
import { namesNothing } from './target.ts'
import type { Payer } from './verdict-cache.ts'

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

/** What is judged, and what is known beside it. */
export interface Sighting {
  readonly evidence: Evidence
  readonly client: Client
  readonly sent: SentCookies
}

/** The evidence of a request, and what is known of the client beside it. Also what `explain` judges. */
export function readEvidence(
  state: JudgingState,
  { peer, headers, photo, nowMs, hasWaited = false }: RequestFacts,
  parse: CookieParser,
): Sighting {
  const client = state.readClient(peer, headers)
  const header = headers.cookie
  const known = header === undefined ? undefined : state.signIns?.find(header, nowMs)
  const sent = known ?? readSent(state, header, { parse, payer: { client, hasWaited }, nowMs })
  const { cookies, tokens } = sent
  const { aliasesOf } = state
  const evidence: Evidence = { client: client.address, cookies, photo, aliasesOf, tokens }
  if (client.doubt === undefined && sent.doubt === undefined) return { client, sent, evidence }
  const clientDoubt = client.doubt === undefined ? undefined : doubtTexts[client.doubt]
  return {
    client,
    sent,
    evidence: {
      ...evidence,
      ...(clientDoubt === undefined ? {} : { clientDoubt }),
      ...(sent.doubt === undefined ? {} : { cookieDoubt: sent.doubt.text }),
    },
  }
}

type JudgingState = Pick<GateState, 'settings' | 'readClient' | 'verifyToken'> &
  Partial<Pick<GateState, 'signIns' | 'aliasesOf'>>

interface Reading {
  readonly parse: CookieParser
  readonly payer: Payer
  readonly nowMs: number
}

function readSent(
  { settings, verifyToken }: JudgingState,
  header: string | undefined,
  { parse, payer, nowMs }: Reading,
): SentCookies {
  const { ltpa, policy } = settings
  const { cookies, doubt } = readCookies(header, policy, parse)
  const tokens =
    ltpa === undefined || verifyToken === undefined
      ? undefined
      : new SentTokens({ cookies, names: ltpa.cookies, verify: verifyToken, nowMs, payer })
  return { header, cookies, doubt, tokens }
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

interface Refused extends Sighting {
  /** Undefined: no request was seen, and a photo is taken for granted. */
  readonly target: Target | undefined
}

/** Why nobody is admitted, in the words of the log. */
export function whyTurnedAway(
  { settings }: Pick<GateState, 'settings'>,
  { client, evidence, sent, target }: Refused,
): Reason {
  // Without a client the log of the program says so too; of cookies that were not read nothing else tells.
  if (client.doubt !== undefined && sent.doubt === undefined) return client.doubt
  try {
    if (isUndecided(settings.policy, evidence)) return 'person-unknown'
  } catch {
    // What could not be decided was told when it was tried.
  }
  if (sent.doubt !== undefined) return sent.doubt.reason
  return target !== undefined && namesNothing(target) ? 'no-photo-address' : 'no-rule'
}
