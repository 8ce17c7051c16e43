// Tarpit for floods of forged tokens. When too many of a client's tokens were forged, its next tokens are verified one
// by one, after a wait. A flood gets no more CPU than its open connections can wait for, and a good token from the
// same address still gets its answer. A client that leaves before its turn costs nothing more.
import type { Exchange } from './exchange.ts'

export interface Tarpit {
  /** Makes a request wait for its turn. False: the tarpit is full, and the gate turns the request away now. */
  hold(exchange: Exchange, turn: Turn): boolean
  /** Whether any request waits. */
  isBusy(): boolean
}

export interface Turn {
  /** The client has left, or has ended its side of the connection. */
  isGone(): boolean
  /** `mayVerify`: verify the tokens now. Otherwise turn the request away unverified. Never throws. */
  come(mayVerify: boolean): void
}

export interface TarpitLimits {
  /** Shortest wait, in milliseconds. */
  readonly minMs: number
  /** Milliseconds between two turns of one client. */
  readonly paceMs: number
  /** Milliseconds after which a request without a turn is turned away unverified. */
  readonly maxMs: number
  /** Waiting requests of one client. */
  readonly maxWaiting: number
  /** Waiting requests through one front. Each occupies a worker of the front, which other clients need. */
  readonly maxThroughFront: number
}

// At this pace the forged tokens of one client take 1 % of a core, or 10 % with eight in each request.
const defaults: TarpitLimits = {
  minMs: 250,
  paceMs: 4,
  maxMs: 2_500,
  maxWaiting: 2_048,
  maxThroughFront: 512,
}
const tickMs = 2
// Turns of all clients in one tick. All other requests wait while these are verified.
const maxTurns = 4
// Turns that one client may catch up on after the event loop was busy.
const maxOwed = 2
// Clients served in one tick.
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
  /** Turns that are due to the client, as of `atMs`. */
  owed: number
  atMs: number
  sweptMs: number
}

export function buildTarpit(limits: TarpitLimits = defaults): Tarpit {
  const { minMs, paceMs, maxMs, maxWaiting, maxThroughFront } = limits
  const queues = new Map<string, Queue>()
  const places = buildFrontPlaces(maxThroughFront)
  let timer: NodeJS.Timeout | undefined

  function hold(exchange: Exchange, turn: Turn): boolean {
    const { connection, isDirect, payer = '' } = exchange
    const front = isDirect ? undefined : (connection.peer?.text ?? '')
    const queue = queues.get(payer) ?? openQueue(performance.now())
    if (queue.waiting.length >= maxWaiting) return false
    // Not behind another answer: Node stops reading from a connection while written bytes are not taken.
    if (front !== undefined && (connection.open > 1 || !places.take(front))) return false
    queues.set(payer, queue)
    queue.waiting.push({ exchange, turn, front })
    connection.isHeld = isDirect
    timer ??= setInterval(tick, tickMs)
    return true
  }

  return { hold, isBusy: () => queues.size > 0 }

  // Clients alternate: those without a turn in this tick are first in the next.
  function tick(): void {
    const nowMs = performance.now()
    let turns = 0
    let left = Math.min(maxQueues, queues.size)
    for (const [payer, queue] of queues) {
      if (left-- === 0 || turns >= maxTurns) break
      // Moved to the end of the map.
      queues.delete(payer)
      queues.set(payer, queue)
      turns += serve(queue, nowMs)
      if (queue.waiting.length === 0) queues.delete(payer)
    }
    if (queues.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  /** Returns the number of turns taken. */
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

  // A client that has left takes no turn. Otherwise, connecting and leaving at once would block the others.
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
    // Only requests without a front hold their connection; one of those may still wait on this connection.
    if (front === undefined) exchange.connection.isHeld = false
    else places.give(front)
    turn.come(mayVerify)
  }
}

/** Counts the waiting requests through each front: `take` is false when there are `max`. */
function buildFrontPlaces(max: number) {
  const counts = new Map<string, number>()
  return {
    take: (front: string): boolean => {
      const count = counts.get(front) ?? 0
      if (count >= max) return false
      counts.set(front, count + 1)
      return true
    },
    give: (front: string): void => {
      const count = (counts.get(front) as number) - 1
      if (count === 0) counts.delete(front)
      else counts.set(front, count)
    },
  }
}

function openQueue(nowMs: number): Queue {
  return { waiting: [], owed: 0, atMs: nowMs, sweptMs: nowMs }
}
