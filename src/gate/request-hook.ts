// The steps of a request before its route: what is refused unread, what is answered without a rule, what waits for
// its turn, and what the rules turn away. A request that passes all of them goes on to its route.
import type { ServerResponse } from 'node:http'
import type {
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestHookHandler,
} from 'fastify'
import { isPage } from '../evidence/target.ts'
import type { AccessSink } from './access-record.ts'
import type { Connections } from './connections.ts'
import type { EarlyAnswer } from './early-answer.ts'
import { findEarlyAnswer } from './early-answer.ts'
import { endExchange } from './end-exchange.ts'
import type { Connection, Exchange } from './exchange.ts'
import { exchangeOf } from './exchange.ts'
import type { Judge } from './judge.ts'
import type { Pipelines } from './pipelines.ts'
import type { Send } from './sender.ts'
import type { Turns } from './turns.ts'
import { turnAwayOf } from './turns.ts'

export interface RequestHookOptions {
  readonly sink: AccessSink
  readonly judge: Judge
  readonly turns: Turns
  readonly connections: Connections
  readonly pipelines: Pipelines
  readonly answer: Send
}

export function buildRequestHook(options: RequestHookOptions): onRequestHookHandler {
  const { sink, judge, turns, connections, pipelines, answer } = options

  /** Writes the log line when the answer is out or the client is gone. */
  function endWhenClosed(exchange: Exchange, response: ServerResponse): void {
    const { connection } = exchange
    response.on('close', () => {
      endExchange(exchange, sink, isCutOff(response, connection))
      connections.release(connection.socket)
      pipelines.release(connection)
    })
  }

  function admitOrTurnAway(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    const { raw } = request
    const exchange = exchangeOf(raw)
    const { refusal, hasUnverified } = exchange.judgement ?? judge(exchange, raw.headers, false)
    if (refusal === undefined) done()
    else if (!(hasUnverified && turns.wait(request, reply, done))) {
      answer(reply, turnAwayOf(exchange, hasUnverified), refusal)
    }
  }

  return (request, reply, done) => {
    const { raw } = request
    const exchange = exchangeOf(raw)
    endWhenClosed(exchange, reply.raw)
    if (isBehindLast(exchange)) return void reply.hijack()
    const early = findEarlyAnswer(exchange, raw)
    noteLast(exchange.connection, early, reply.raw)
    if (early !== undefined) return answer(reply, early.answer, early.reason)
    if (exchange.turn !== undefined) return turns.take(request, reply, done)
    if (isPage(exchange.target)) return done()
    admitOrTurnAway(request, reply, done)
  }
}

/** Whether an earlier request has ended the connection, so this one is not answered. */
function isBehindLast({ connection, turn }: Exchange): boolean {
  if (turn !== undefined) return false
  // Only where requests cannot be bounded (pipelines.ts): what is sent behind a waiting request is never answered.
  if (connection.isHeld) connection.isRefused = true
  return connection.isRefused
}

/** Notes that nothing behind this request is read: a broken body must not become a request of its own. */
function noteLast(
  connection: Connection,
  early: EarlyAnswer | undefined,
  response: ServerResponse,
): void {
  // What follows a request to upgrade may be in another protocol, and Node leaves it unread.
  if (connection.isUpgrade) response.shouldKeepAlive = false
  if (early?.isLast || connection.isUpgrade) connection.isRefused = true
}

// A response counts itself as finished even when its socket failed under it. A response that was sent whole has
// released its socket, and the socket has no error.
function isCutOff(response: ServerResponse, { socket }: Connection): boolean {
  return !response.writableFinished || response.socket !== null || Boolean(socket.errored)
}
