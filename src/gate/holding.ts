// Answers that are held back: who floods the gate with forged tokens gets his at the pace of the tokens
// that are looked at, however many connections he opens, and each ends its connection, which is not
// listened to meanwhile. The CPU that he would have taken is the others'.
import type { Answer } from './answer.ts'
import { payerOf } from './refusal-budget.ts'
import type { Visit } from './visit.ts'

/** Holds back the answer that turns the visit away; false: it is to be given now. */
export type Holding = (visit: Visit, give: (turnAway: Answer) => void) => boolean

export interface HoldingLimits {
  /** Every held answer waits so long, in milliseconds. */
  readonly leastMs: number
  /** From one answer to the next of the same client. */
  readonly paceMs: number
  readonly mostMs: number
  /** Through fronts, at a time: a worker of theirs waits with each, and others need those. */
  readonly mostThroughFronts: number
}

const usual: HoldingLimits = { leastMs: 250, paceMs: 10, mostMs: 5_000, mostThroughFronts: 64 }

export function buildHolding(limits: HoldingLimits = usual): Holding {
  const { leastMs, paceMs, mostMs, mostThroughFronts } = limits
  const queues = new Map<string, { count: number; lastMs: number }>()
  let throughFronts = 0

  return (visit, give) => {
    const { connection, state, client, isDirect } = visit
    if (isDirect && client !== undefined) {
      // What is asked before the answer to the last never gets one.
      if (connection.isHeld) connection.isRefused = true
      else holdDirect(visit, payerOf(client), give)
      return true
    }
    // Not behind another answer: Node stops reading from a connection by what is written to it.
    if (throughFronts >= mostThroughFronts || connection.open > 1) return false
    throughFronts++
    setTimeout(() => {
      throughFronts--
      give(state.turnAway)
    }, leastMs)
    return true
  }

  function holdDirect(
    { connection, state, startedMs }: Visit,
    client: string,
    give: (turnAway: Answer) => void,
  ): void {
    const queue = queues.get(client) ?? { count: 0, lastMs: 0 }
    queues.set(client, queue)
    queue.count++
    const paced = Math.max(startedMs + leastMs, queue.lastMs + paceMs)
    queue.lastMs = Math.min(paced, startedMs + mostMs)
    connection.isHeld = true
    // Node reads on once it has parsed what it has.
    setImmediate(() => connection.socket.pause())
    setTimeout(() => {
      if (--queue.count === 0) queues.delete(client)
      give(state.turnAwayClosing)
    }, queue.lastMs - startedMs)
  }
}
