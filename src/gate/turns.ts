// Which requests have to wait in a flood of forged tokens, and what becomes of them when their turn has come.
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { LineSink, Reason } from './access-log.ts'
import type { Answer } from './answer.ts'
import { findEarlyAnswer } from './early-answer.ts'
import type { Connection, Exchange } from './exchange.ts'
import { beginExchange, connectionOf, endExchange, exchangeOf } from './exchange.ts'
import type { Judge } from './judge.ts'
import type { GateState } from './state.ts'
import { buildTarpit } from './tarpit.ts'

export interface Turns {
  /** Whether the request has to wait, and nothing is made of it until then. Never throws. */
  mustWait(request: IncomingMessage): boolean
  /** Makes a routed request wait until `take`. False: there is no room. */
  wait(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): boolean
  /** Answers a request whose turn has come, or is over, or lets it pass. */
  take(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
}

export interface TurnsOptions {
  readonly live: { readonly current: GateState }
  readonly sink: LineSink
  readonly judge: Judge
  answer(reply: FastifyReply, exchange: Exchange, response: Answer, reason: Reason): void
  /** Hands over the request that `mustWait` has held. False: it cannot be. */
  takeHeld(connection: Connection, exchange: Exchange): boolean
}

export function buildTurns({ live, sink, judge, answer, takeHeld }: TurnsOptions): Turns {
  const { hold, isBusy } = buildTarpit()

  // While others wait, nothing is made of one that has to as well: the garbage collector would copy twice what Fastify
  // makes of it before its turn comes, and everybody waits for that.
  function mustWait(request: IncomingMessage): boolean {
    // Nothing is answered behind what ends the connection.
    if (!isBusy() || connectionOf(request.socket).isRefused) return false
    const exchange = beginExchange(request, live.current)
    if (findEarlyAnswer(exchange, request) !== undefined || exchange.target.kind === 'page')
      return false
    exchange.judgement = judge(exchange, request.headers, false)
    const { refusal, hasUnverified } = exchange.judgement
    if (refusal === undefined || !hasUnverified || !exchange.isDirect) return false
    const { connection } = exchange
    const { socket } = connection
    const isGone = () => socket.destroyed || socket.readableEnded
    const come = (mayVerify: boolean) => {
      socket.off('end', leave)
      if (exchange.turn !== undefined) return
      exchange.turn = mayVerify ? 'come' : 'over'
      if (!socket.destroyed && takeHeld(connection, exchange)) return
      endExchange(exchange, sink, true)
      socket.destroy()
    }
    const leave = () => come(false)
    if (!hold(exchange, { isGone, come })) return false
    // Found anew in its turn.
    exchange.judgement = undefined
    // Before Node ends a connection on which it knows of nothing to answer.
    socket.prependListener('end', leave)
    return true
  }

  function wait(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): boolean {
    const { socket } = request.raw
    const exchange = exchangeOf(request.raw)
    const isGone = () => reply.raw.destroyed || socket.readableEnded
    const come = (mayVerify: boolean) => {
      exchange.turn = mayVerify ? 'come' : 'over'
      void Promise.resolve()
        .then(() => take(request, reply, done))
        .catch(done)
    }
    return hold(exchange, { isGone, come })
  }

  function take({ raw }: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    if (reply.raw.destroyed) return void reply.hijack()
    const exchange = exchangeOf(raw)
    const isOver = exchange.turn === 'over'
    const refusal = isOver ? 'no-rule' : judge(exchange, raw.headers, true).refusal
    // Something of what was asked meanwhile is not answered, so the connection ends.
    if (exchange.connection.isRefused) reply.raw.shouldKeepAlive = false
    if (refusal === undefined) done()
    else answer(reply, exchange, turnAwayOf(exchange, isOver), refusal)
  }

  return { mustWait, wait, take }
}

/** What turns it away: closing, when its tokens were not looked at. A front's connections are not the flood's. */
export function turnAwayOf({ state, isDirect }: Exchange, isUnseen: boolean): Answer {
  return isUnseen && isDirect ? state.turnAwayClosing : state.turnAway
}
