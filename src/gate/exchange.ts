// One request and its answer under way, until its log line is written; and the state of its connection. Decides
// nothing.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestFacts } from '../evidence/evidence.ts'
import type { LoggedPass } from '../evidence/sent-passes.ts'
import type { LoggedToken } from '../evidence/sent-tokens.ts'
import type { LinkRefusal } from '../evidence/signed-link.ts'
import type { Target } from '../evidence/target.ts'
import { parseTarget } from '../evidence/target.ts'
import type { UndatedEntry } from '../policy/budget.ts'
import type { Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { Reason } from './access-record.ts'
import type { Answer } from './answer.ts'
import type { Arrival } from './arrival.ts'
import { arrivalOf } from './arrival.ts'
import type { OnIncoming, ParsedRequest } from './parser-halt.ts'
import type { RtspLines } from './protocol.ts'
import { isHttp1, isHttpMethod, noRtspLines } from './protocol.ts'
import type { GateState } from './state.ts'

/** State that is kept with a socket while it is open. */
export interface Connection {
  readonly socket: Socket
  readonly peer: NetworkAddress | undefined
  readonly arrival: Arrival
  /** Requests whose answers are not finished. */
  open: number
  /** The connection ends: nothing that came after this was set is answered. */
  isRefused: boolean
  /** A request waits for its turn; requests behind it come after it. */
  isHeld: boolean
  /** That request, if Fastify has not seen it yet. */
  held: Head | undefined
  /** That request's exchange. */
  waiting: Exchange | undefined
  /** The request behind it, parsed but not handed on. */
  next: Head | undefined
  /** The exchange of the request that is parsed again next, because its turn has come. */
  due: Exchange | undefined
  /** Those of its unread bytes that count against the parking's limit. */
  parkedBytes: number
  readonly rtsp: RtspLines
  /** Gives Fastify a request, as Node's parser did. Undefined: the parser cannot be halted. */
  onIncoming: OnIncoming | undefined
  /** The last request asks for an upgrade to another protocol. */
  isUpgrade: boolean
  /** Bytes that have been read and not been parsed. */
  unread: Buffer | undefined
  /** The client has ended its side, and Node.js is told when no byte is left unread. */
  tellEnd: (() => void) | undefined
  /** The parser is being fed with bytes that were unread. */
  isFed: boolean
  /** `socket.bytesRead` when a request was parsed last. */
  bytesRead: number
  /** The request that was parsed last is the first of its read. */
  isFirst: boolean
  /** In the queue of connections whose unread bytes are parsed next. */
  isQueued: boolean
  /** The request behind which the parser was halted. */
  halted: IncomingMessage | undefined
}

/** A request whose head has been parsed, and that Fastify has not seen. */
export interface Head {
  readonly request: ParsedRequest
  readonly keepsAlive: boolean
  /** The first request of its read. */
  readonly isFirst: boolean
}

/** What the rules say about a request. */
export interface Judgement {
  /** The reason to turn it away, or undefined when a rule admits it. */
  readonly refusal: Reason | undefined
  /** Some of its tokens were not verified, because their turn has not come. */
  readonly hasUnverified: boolean
}

export interface Exchange {
  readonly state: GateState
  readonly connection: Connection
  /** A method that Node's parser knows, including those of RTSP. */
  readonly method: string
  readonly isHttp: boolean
  /** The request-target as it was sent. */
  readonly url: string
  readonly userAgent: string | undefined
  readonly target: Target
  readonly timeMs: number
  readonly startedMs: number
  client: NetworkAddress | undefined
  /** The client is the peer, and names no other client. */
  isDirect: boolean
  /** What was read of it for the rules. */
  facts: RequestFacts | undefined
  /** What the rules were asked. */
  evidence: Evidence | undefined
  /** Made before Fastify sees the request, in a flood. */
  judgement: Judgement | undefined
  /** In a flood. `come`: its turn has come, and its tokens are verified. `over`: they are not. */
  turn: 'come' | 'over' | undefined
  /** The key of the client whose refusal budget pays for forged tokens. */
  payer: string | undefined
  rule: string | null
  /** The rule excludes people, so only the very photo that was judged may be sent. */
  isExact: boolean
  /** Seconds until the link or the pass that admits it expires; without either, without end. */
  maxAgeSeconds: number
  token: LoggedToken | undefined
  pass: LoggedPass | undefined
  /** Why the link in its URL was refused. */
  linkRefusal: LinkRefusal | undefined
  /** What the ledger counts before the photo is found. */
  ledgerEntry: UndatedEntry | undefined
  /** The client's budget is spent: to it, the photo is unknown. */
  isOverBudget: boolean
  reason: Reason
  status: number
  bytes: number
}

// Kept on the objects themselves: weak maps would cost as much as the decision, mostly in the garbage collector.
const connectionKey = Symbol('connection')
const exchangeKey = Symbol('exchange')
type Holder = { [connectionKey]?: Connection; [exchangeKey]?: Exchange }

export function connectionOf(socket: Socket): Connection {
  const holder = socket as Holder
  if (holder[connectionKey] !== undefined) return holder[connectionKey]
  const peer = parseNetworkAddress(socket.remoteAddress ?? '')
  const connection: Connection = {
    socket,
    peer,
    arrival: arrivalOf(socket),
    open: 0,
    isRefused: false,
    isHeld: false,
    held: undefined,
    next: undefined,
    waiting: undefined,
    due: undefined,
    tellEnd: undefined,
    isFed: false,
    bytesRead: -1,
    isFirst: false,
    parkedBytes: 0,
    rtsp: noRtspLines(),
    onIncoming: undefined,
    isUpgrade: false,
    unread: undefined,
    isQueued: false,
    halted: undefined,
  }
  holder[connectionKey] = connection
  return connection
}

/** The address of the socket, or `unix`; null when the client had left before it was read. */
export function peerTextOf({ peer, arrival }: Connection): string | null {
  return peer?.text ?? (arrival.proof?.kind === 'unix' ? 'unix' : null)
}

/** Call it when the request's head has been read, before it is routed. A second call returns the same exchange. */
export function beginExchange(request: IncomingMessage, state: GateState): Exchange {
  const connection = connectionOf(request.socket)
  const begun = (request as Holder)[exchangeKey] ?? connection.due
  connection.due = undefined
  const exchange = begun ?? openExchange(request, connection, state)
  // The router knows only HTTP's methods. Requests with others are answered before they get to a route.
  if (!isHttpMethod(request.method)) request.method = 'GET'
  ;(request as Holder)[exchangeKey] = exchange
  return exchange
}

function openExchange(
  request: IncomingMessage,
  connection: Connection,
  state: GateState,
): Exchange {
  connection.open++
  const isHttp = isHttp1(request, connection.rtsp)
  const { method = '', url = '' } = request
  return {
    state,
    connection,
    method,
    isHttp,
    url,
    userAgent: request.headers['user-agent'],
    target: parseTarget(url, state.verifyPass !== undefined),
    timeMs: Date.now(),
    startedMs: performance.now(),
    client: undefined,
    isDirect: false,
    facts: undefined,
    evidence: undefined,
    judgement: undefined,
    turn: undefined,
    payer: undefined,
    rule: null,
    isExact: false,
    maxAgeSeconds: Infinity,
    token: undefined,
    pass: undefined,
    linkRefusal: undefined,
    ledgerEntry: undefined,
    isOverBudget: false,
    reason: 'client-gone',
    status: 499,
    bytes: 0,
  }
}

/** The exchange that `beginExchange` began. Throws if there is none. */
export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = (request as Holder)[exchangeKey]
  if (exchange === undefined) throw new Error('the request was not begun')
  return exchange
}

/** Notes the answer that is about to be sent, for the log line. */
export function noteAnswer(exchange: Exchange, answer: Answer, reason: Reason): void {
  exchange.reason = reason
  exchange.status = answer.status
  exchange.bytes = exchange.method === 'HEAD' ? 0 : (answer.body?.length ?? 0)
}
