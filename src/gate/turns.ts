// The tarpit's side of the gate: which requests wait in a flood of forged tokens, and what happens to them when their
// turn has come. How long they wait is the tarpit's business.
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { isPage } from '../evidence/target.ts'
import type { AccessSink } from './access-record.ts'
import type { Answer } from './answer.ts'
import { findEarlyAnswer } from './early-answer.ts'
import { endExchange } from './end-exchange.ts'
import type { Connection, Exchange } from './exchange.ts'
import { beginExchange, connectionOf, exchangeOf } from './exchange.ts'
import type { Judge } from './judge.ts'
import type { Send } from './sender.ts'
import type { GateState } from './state.ts'
import type { Tarpit } from './tarpit.ts'
import { buildTarpit } from './tarpit.ts'

export interface Turns {
  /** Whether the request has to wait. If so, Fastify does not see it before its turn. Never throws. */
  mustWait(request: IncomingMessage): boolean
  /** Makes a request that Fastify has seen wait until `take`. False: the tarpit is full. */
  wait(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): boolean
  /** Verifies a request whose turn has come, and lets it pass or turns it away. */
  take(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
}

export interface TurnsOptions {
  readonly live: { readonly current: GateState }
  readonly sink: AccessSink
  readonly judge: Judge
  readonly answer: Send
  /** Gives Fastify the request that `mustWait` has held. False: its bytes are gone. */
  takeHeld(connection: Connection, exchange: Exchange): boolean
  readonly tarpit?: Tarpit
}

export function buildTurns(options: TurnsOptions): Turns {
  const { live, sink, judge, answer, takeHeld, tarpit = buildTarpit() } = options
  const { hold, isBusy } = tarpit

  // In a flood, a request that has to wait is kept from Fastify: the garbage collector would copy Fastify's objects
  // twice before its turn comes, and every client waits for the collector.
  function mustWait(request: IncomingMessage): boolean {
    // Nothing is answered behind the request that ends the connection.
    if (!isBusy() || connectionOf(request.socket).isRefused) return false
    const exchange = beginExchange(request, live.current)
    if (findEarlyAnswer(exchange, request) !== undefined || isPage(exchange.target)) return false
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
    // Judged again in its turn.
    exchange.judgement = undefined
    // First of the listeners: Node ends a connection on which it has no request to answer.
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
    // Requests that came meanwhile are not answered, so the connection ends.
    if (exchange.connection.isRefused) reply.raw.shouldKeepAlive = false
    if (refusal === undefined) done()
    else answer(reply, turnAwayOf(exchange, isOver), refusal)
  }

  return { mustWait, wait, take }
}

/** Closes the connection when the tokens were not verified, but not a front's, which other clients share. */
export function turnAwayOf({ state, isDirect }: Exchange, isUnverified: boolean): Answer {
  return isUnverified && isDirect ? state.turnAwayClosing : state.turnAway
}
