// Which requests have to wait in a flood of forged tokens, and what becomes of them when their turn has come.
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LineSink, Reason } from './access-log.ts'
import type { Answer } from './answer.ts'
import { findEarlyAnswer } from './early-answer.ts'
import type { Connection, Visit } from './exchange.ts'
import { beginVisit, connectionOf, endVisit, visitOf } from './exchange.ts'
import type { Judge } from './judge.ts'
import type { GateState } from './state.ts'
import { buildHolding } from './tarpit.ts'

type Done = (error?: Error) => void

export interface Turns {
  /** Whether the request has to wait, and nothing is made of it until then. Never throws. */
  mustWait(request: IncomingMessage): boolean
  /** Makes a routed request wait until `take`. False: there is no room. */
  wait(request: FastifyRequest, reply: FastifyReply, done: Done): boolean
  /** Answers a request whose turn has come, or is over, or lets it pass. */
  take(request: FastifyRequest, reply: FastifyReply, done: Done): void
}

export interface TurnsOptions {
  readonly live: { readonly current: GateState }
  readonly sink: LineSink
  readonly judge: Judge
  answer(reply: FastifyReply, visit: Visit, response: Answer, reason: Reason): void
  /** Hands over the request that `mustWait` has held. False: it cannot be. */
  takeHeld(connection: Connection, visit: Visit): boolean
}

export function buildTurns({ live, sink, judge, answer, takeHeld }: TurnsOptions): Turns {
  const { hold, isBusy } = buildHolding()

  // While others wait, nothing is made of one that has to as well: the garbage collector would copy twice what Fastify
  // makes of it before its turn comes, and everybody waits for that.
  function mustWait(request: IncomingMessage): boolean {
    // Nothing is answered behind what ends the connection.
    if (!isBusy() || connectionOf(request.socket).isRefused) return false
    const visit = beginVisit(request, live.current)
    if (findEarlyAnswer(visit, request) !== undefined || visit.target.kind === 'page') return false
    visit.judgement = judge(visit, request.headers, false)
    const { refusal, hasUnseen } = visit.judgement
    if (refusal === undefined || !hasUnseen || !visit.isDirect) return false
    const { connection } = visit
    const { socket } = connection
    const isGone = () => socket.destroyed || socket.readableEnded
    const come = (isLookedAt: boolean) => {
      socket.off('end', leave)
      if (visit.turn !== undefined) return
      visit.turn = isLookedAt ? 'come' : 'over'
      if (!socket.destroyed && takeHeld(connection, visit)) return
      endVisit(visit, sink, true)
      socket.destroy()
    }
    const leave = () => come(false)
    if (!hold(visit, { isGone, come })) return false
    // Found anew in its turn.
    visit.judgement = undefined
    // Before Node ends a connection on which it knows of nothing to answer.
    socket.prependListener('end', leave)
    return true
  }

  function wait(request: FastifyRequest, reply: FastifyReply, done: Done): boolean {
    const { socket } = request.raw
    const visit = visitOf(request.raw)
    const isGone = () => reply.raw.destroyed || socket.readableEnded
    const come = (isLookedAt: boolean) => {
      visit.turn = isLookedAt ? 'come' : 'over'
      void Promise.resolve()
        .then(() => take(request, reply, done))
        .catch(done)
    }
    return hold(visit, { isGone, come })
  }

  function take({ raw }: FastifyRequest, reply: FastifyReply, done: Done): void {
    if (reply.raw.destroyed) return void reply.hijack()
    const visit = visitOf(raw)
    const isOver = visit.turn === 'over'
    const refusal = isOver ? 'no-rule' : judge(visit, raw.headers, true).refusal
    // Something of what was asked meanwhile is not answered, so the connection ends.
    if (visit.connection.isRefused) reply.raw.shouldKeepAlive = false
    if (refusal === undefined) done()
    else answer(reply, visit, turnAwayOf(visit, isOver), refusal)
  }

  return { mustWait, wait, take }
}

/** What turns it away: closing, when its tokens were not looked at. A front's connections are not the flood's. */
export function turnAwayOf({ state, isDirect }: Visit, isUnseen: boolean): Answer {
  return isUnseen && isDirect ? state.turnAwayClosing : state.turnAway
}
