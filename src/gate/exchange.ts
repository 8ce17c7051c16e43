// One request under way: what was read of it and what became of it, until its log line is written.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { LoggedToken } from '../evidence/sent-tokens.ts'
import type { Target } from '../evidence/target.ts'
import { addressOf, isUnnamed, parseTarget } from '../evidence/target.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { LineSink, Reason } from './access-log.ts'
import { formatAccess } from './access-log.ts'
import type { Answer } from './answer.ts'
import type { RtspLines } from './protocol.ts'
import { isHttp1, isHttpMethod, noRtspLines } from './protocol.ts'
import type { GateState } from './state.ts'

/** What is kept with a socket for as long as it is open. */
export interface Connection {
  readonly socket: Socket
  readonly peer: NetworkAddress | undefined
  /** Requests whose answers are not finished. */
  open: number
  /** Of what came, something was no request, or one too many: nothing after it is answered. */
  isRefused: boolean
  /** A request waits for its turn; what is asked meanwhile is looked at after it. */
  isHeld: boolean
  /** That request, if nothing has been made of it yet. */
  held: Head | undefined
  /** Its exchange. */
  waiting: Exchange | undefined
  /** What was asked meanwhile. */
  next: Head | undefined
  /** The exchange of the request that is parsed next, once more: its turn has come. */
  due: Exchange | undefined
  /** Of its unread bytes, those that are kept for what waits. */
  parkedBytes: number
  readonly rtsp: RtspLines
  /** The last request asks for another protocol. */
  isUpgrade: boolean
  /** What has been read and not been parsed yet. */
  unread: Buffer | undefined
  /** What is being parsed is what was unread. */
  isFed: boolean
  /** When a request was parsed last. */
  bytesRead: number
  /** Among those whose unread bytes are parsed next. */
  isQueued: boolean
  /** The request behind which the parser has been told to stop. */
  halted: IncomingMessage | undefined
}

/** A request whose head has been parsed, and no more. */
export interface Head {
  readonly request: IncomingMessage
  readonly keepsAlive: boolean
  /** Of those that have come in one piece. */
  readonly isFirst: boolean
}

/** What the rules say of a request. */
export interface Judgement {
  /** The reason to turn it away, or undefined when a rule admits it. */
  readonly refusal: Reason | undefined
  /** Some of its tokens were not looked at: their turn has not come. */
  readonly hasUnverified: boolean
}

export interface Exchange {
  readonly state: GateState
  readonly connection: Connection
  /** One of those that Node's parser knows: RTSP's too. */
  readonly method: string
  readonly isHttp: boolean
  /** As it came, before it is routed. */
  readonly url: string
  readonly userAgent: string | undefined
  readonly target: Target
  readonly timeMs: number
  readonly startedMs: number
  client: NetworkAddress | undefined
  /** The client is the peer, and does not claim to speak for another. */
  isDirect: boolean
  /** What was found before it was routed. */
  judgement: Judgement | undefined
  /** Its turn has come, in a flood: its tokens are to be looked at; or it is over, and they are not. */
  turn: 'come' | 'over' | undefined
  /** Whose budget pays for forged tokens; undefined when nobody is known. */
  payer: string | undefined
  rule: string | null
  /** The rule keeps people out: only the very photo that was judged may be sent. */
  isExact: boolean
  token: LoggedToken | undefined
  reason: Reason
  status: number
  bytes: number
}

// Kept on the objects themselves: weak maps would cost as much as the decision, most of it in the
// garbage collector.
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
    open: 0,
    isRefused: false,
    isHeld: false,
    held: undefined,
    next: undefined,
    waiting: undefined,
    due: undefined,
    isFed: false,
    bytesRead: -1,
    parkedBytes: 0,
    rtsp: noRtspLines(),
    isUpgrade: false,
    unread: undefined,
    isQueued: false,
    halted: undefined,
  }
  holder[connectionKey] = connection
  return connection
}

/** Begins when the request's head has been read, before it is routed. */
export function beginExchange(request: IncomingMessage, state: GateState): Exchange {
  const connection = connectionOf(request.socket)
  const begun = (request as Holder)[exchangeKey] ?? connection.due
  if (begun !== undefined) {
    connection.due = undefined
    ;(request as Holder)[exchangeKey] = begun
    if (!isHttpMethod(request.method)) request.method = 'GET'
    return begun
  }
  connection.open++
  const isHttp = isHttp1(request, connection.rtsp)
  const { method = '', url = '' } = request
  // The router knows HTTP's methods only. What has another is answered before it gets to a route.
  if (!isHttpMethod(method)) request.method = 'GET'
  const exchange: Exchange = {
    state,
    connection,
    method,
    isHttp,
    url,
    userAgent: request.headers['user-agent'],
    target: parseTarget(url),
    timeMs: Date.now(),
    startedMs: performance.now(),
    client: undefined,
    isDirect: false,
    judgement: undefined,
    turn: undefined,
    payer: undefined,
    rule: null,
    isExact: false,
    token: undefined,
    reason: 'client-gone',
    status: 499,
    bytes: 0,
  }
  ;(request as Holder)[exchangeKey] = exchange
  return exchange
}

/** The exchange that `beginExchange` began. */
export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = (request as Holder)[exchangeKey]
  if (exchange === undefined) throw new Error('the request was not begun')
  return exchange
}

/** Notes what is about to be sent. */
export function noteAnswer(exchange: Exchange, answer: Answer, reason: Reason): void {
  exchange.reason = reason
  exchange.status = answer.status
  exchange.bytes = exchange.method === 'HEAD' ? 0 : (answer.body?.length ?? 0)
}

/** Writes the line, when the answer is out or the client is gone. */
export function endExchange(exchange: Exchange, sink: LineSink, isAborted: boolean): void {
  exchange.connection.open--
  const { target, method, timeMs, rule, token, reason, status, bytes } = exchange
  sink.write(
    formatAccess({
      timeMs,
      client: exchange.client?.text ?? null,
      peer: exchange.connection.peer?.text ?? null,
      method,
      address: addressOf(target) ?? null,
      url: isUnnamed(target) ? exchange.url : undefined,
      status,
      rule,
      token,
      reason,
      bytes,
      milliseconds: performance.now() - exchange.startedMs,
      userAgent: exchange.userAgent ?? null,
      isAborted,
    }),
  )
}
