// Tarpit for floods of forged tokens. When too many of a client's tokens were forged, its next ones are looked at in
// turn, after a wait: a flood gets no more of the CPU than its open connections can wait for, and a good token from
// behind the same address still gets its answer. A client that leaves before its turn costs nothing more.
import type { Exchange } from './exchange.ts'

export interface Tarpit {
  /** Makes a request wait for its turn. False: there is no room, and the gate turns the request away now. */
  hold(exchange: Exchange, turn: Turn): boolean
  /** Whether any request waits. */
  isBusy(): boolean
}

export interface Turn {
  /** The client has gone, or sends nothing more. */
  isGone(): boolean
  /** Its tokens are to be looked at now; or not, and it is turned away. Never throws. */
  come(mayVerify: boolean): void
}

export interface TarpitLimits {
  /** Every request waits at least that long, in milliseconds. */
  readonly minMs: number
  /** From one turn to the next of the same client. */
  readonly paceMs: number
  /** A request whose turn has not come by then is turned away unseen. */
  readonly maxMs: number
  /** Requests of one client that wait at a time. */
  readonly maxWaiting: number
  /** Through one front at a time: a worker of the front waits with each, and others need those. */
  readonly maxThroughFront: number
}

// At this pace the forged tokens of one client take a hundredth of a core, or a tenth with eight in each request.
const defaults: TarpitLimits = {
  minMs: 250,
  paceMs: 4,
  maxMs: 2_500,
  maxWaiting: 2_048,
  maxThroughFront: 512,
}
const tickMs = 2
// Turns of all clients in one tick. Many at once would be what everybody else has to wait for.
const maxTurns = 4
// What one client is still owed after the loop was busy; the rest of it is forgone.
const maxOwed = 2
// Clients that are looked after in one tick.
const maxQueues = 256
const sweepMs = 10

interface WaitingExchange {
  readonly exchange: Exchange
  readonly turn: Turn
  readonly front: string | undefined
}

interface Queue {
  /** First come, first served. */
  waiting: WaitingExchange[]
  /** That are due to the client, as of `atMs`. */
  owed: number
  atMs: number
  sweptMs: number
}

export function buildTarpit(limits: TarpitLimits = defaults): Tarpit {
  const { minMs, paceMs, maxMs, maxWaiting, maxThroughFront } = limits
  const queues = new Map<string, Queue>()
  const throughFronts = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  function hold(exchange: Exchange, turn: Turn): boolean {
    const { connection, isDirect, payer = '' } = exchange
    const front = isDirect ? undefined : (connection.peer?.text ?? '')
    const queue = queues.get(payer) ?? openQueue(performance.now())
    if (queue.waiting.length >= maxWaiting) return false
    if (front !== undefined) {
      const count = throughFronts.get(front) ?? 0
      // Not behind another answer: Node stops reading from a connection by what is written to it.
      if (count >= maxThroughFront || connection.open > 1) return false
      throughFronts.set(front, count + 1)
    }
    queues.set(payer, queue)
    queue.waiting.push({ exchange, turn, front })
    connection.isHeld = isDirect
    timer ??= setInterval(tick, tickMs)
    return true
  }

  return { hold, isBusy: () => queues.size > 0 }

  // Clients take turns as well: those who had none in this tick are first in the next.
  function tick(): void {
    const nowMs = performance.now()
    let turns = 0
    let left = Math.min(maxQueues, queues.size)
    for (const [payer, queue] of queues) {
      if (left-- === 0 || turns >= maxTurns) break
      // Comes last from now on.
      queues.delete(payer)
      queues.set(payer, queue)
      turns += serve(queue, nowMs)
      if (queue.waiting.length === 0) queues.delete(payer)
    }
    if (queues.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  /** How many have had their turn. */
  function serve(queue: Queue, nowMs: number): number {
    queue.owed = Math.min(maxOwed, queue.owed + (nowMs - queue.atMs) / paceMs)
    queue.atMs = nowMs
    if (nowMs - queue.sweptMs >= sweepMs) sweep(queue, nowMs)
    let turns = 0
    while (queue.owed >= 1) {
      const [next] = queue.waiting
      if (next === undefined || nowMs - next.exchange.startedMs < minMs) break
      queue.waiting.shift()
      const isGone = next.turn.isGone()
      finish(next, !isGone)
      if (isGone) continue
      queue.owed--
      turns++
    }
    return turns
  }

  // Those who have gone take no turn: else leaving at once would keep the others out.
  function sweep(queue: Queue, nowMs: number): void {
    queue.sweptMs = nowMs
    const { waiting } = queue
    queue.waiting = []
    for (const each of waiting) {
      if (each.turn.isGone() || nowMs - each.exchange.startedMs >= maxMs) finish(each, false)
      else queue.waiting.push(each)
    }
  }

  function finish({ exchange, turn, front }: WaitingExchange, mayVerify: boolean): void {
    // Another one of the same connection, which does not name a client, may wait as well.
    if (front === undefined) exchange.connection.isHeld = false
    if (front !== undefined) {
      const count = (throughFronts.get(front) as number) - 1
      if (count === 0) throughFronts.delete(front)
      else throughFronts.set(front, count)
    }
    turn.come(mayVerify)
  }
}

function openQueue(nowMs: number): Queue {
  return { waiting: [], owed: 0, atMs: nowMs, sweptMs: nowMs }
}
