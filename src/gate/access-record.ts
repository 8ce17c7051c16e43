// What is known of one request when it has ended: for its log line, and for all that counts requests.
import type { RequestFacts } from '../evidence/evidence.ts'
import type { LoggedPass } from '../evidence/sent-passes.ts'
import type { LoggedToken } from '../evidence/sent-tokens.ts'
import type { LinkRefusal } from '../evidence/signed-link.ts'
import type { Evidence } from '../policy/condition.ts'
import type { GateState } from './state.ts'

/** The outcome of a request, from a closed list. */
export type Reason =
  | 'found'
  | 'not-modified'
  | 'range'
  | 'missing'
  /** Admitted, but the request names no mail address: a URL template may be wrong. */
  | 'no-photo-address'
  | 'placeholder'
  /** Admitted, but the client has asked for as many people as the rule's budget allows: answered as `missing`. */
  | 'over-budget'
  | 'precondition-failed'
  | 'range-unsatisfiable'
  | 'bad-encoding'
  | 'bad-request'
  | 'body'
  | 'method'
  | 'health'
  | 'ready'
  | 'not-ready'
  | 'page'
  /** The page of guest passes: 200 with the cookie, or 403. */
  | 'pass'
  | 'error'
  /** Status 499, as in nginx: the client left before it was answered. */
  | 'client-gone'
  | 'no-rule'
  /** A rule with `!` would admit, but the photo's other addresses are not known now. */
  | 'person-unknown'
  /** The Cookie header is longer than 8190 bytes, and a rule asks for cookies or tokens. */
  | 'cookies-too-long'
  /** The Cookie header has more of the cookies that rules ask for than are read. */
  | 'cookies-too-many'
  | 'peer-unknown'
  /** The peer came with a client certificate that does not make it a front. */
  | 'front-unproven'
  | 'client-header-missing'
  | 'client-header-unparsable'

export interface AccessRecord {
  /** Milliseconds since the epoch, when the request's head had been read. */
  readonly timeMs: number
  readonly client: string | null
  /** The address of the socket, or `unix`. */
  readonly peer: string | null
  /** One of Node's known methods, or null when none could be read. */
  readonly method: string | null
  /** The canonical mail address of the photo. */
  readonly address: string | null
  /** The request-target, only of a request that names no photo and no other page. */
  readonly url?: string | undefined
  readonly status: number
  /** The rule that admits, `turned-away`, or null when no rule was evaluated. */
  readonly rule: string | null
  /** The identity in an LTPA token, or why the token was refused. */
  readonly token?: LoggedToken | undefined
  /** The guest pass that admits, was refused, or does not open the photo; never its text. */
  readonly pass?: LoggedPass | undefined
  /** Why the link was refused. */
  readonly linkRefusal?: LinkRefusal | undefined
  readonly reason: Reason
  /** Whose budget is spent, as the ledger knows the client; only with the reason `over-budget`. */
  readonly spentBy?: string | undefined
  /** Length of the body. */
  readonly bytes: number
  readonly milliseconds: number
  /** As it was sent; null when there was none. */
  readonly userAgent: string | null
  /** The keys that say which TLS, formatted (arrival.ts); empty without. */
  readonly tlsKeys?: string
  /** The client left before it had the whole answer. */
  readonly isAborted: boolean
}

/** Receives each request that has ended, once. */
export interface AccessSink {
  /**
   * `judged`: what the rules were asked, undefined when the request was no HTTP. Its evidence holds cookies, so it must
   * not be kept beyond the next turns of the event loop, and never be written.
   */
  write(record: AccessRecord, judged?: Judged): void
}

export interface Judged {
  readonly state: Pick<GateState, 'settings'>
  /** Undefined when no rule was asked. */
  readonly facts?: RequestFacts | undefined
  /** Undefined when no rule was asked. */
  readonly evidence: Evidence | undefined
}
