// Which connection's pipelined requests are parsed when: a few as they are read, and the others in short slices of
// time with long rests between them.
import type { Connection } from './exchange.ts'

export interface SliceLimits {
  /** Answers of one connection that are under way at most. */
  readonly maxOpen: number
  /** Requests of all connections that are taken in one turn of the event loop as they are read. */
  readonly perRead: number
  /** Unparsed requests of one connection that are taken before it is another connection's turn. */
  readonly perSlice: number
  /** Milliseconds for unparsed requests in one turn of the event loop. */
  readonly sliceMs: number
  /** Length of the rest after a slice, as a multiple of the time that the slice took. */
  readonly restRatio: number
}

export interface Slices {
  /** Whether the parser must stop for this connection now. Call it after each request. */
  isTooMany(connection: Connection): boolean
  /** Parses the connection's unread bytes in a later slice, unless too many of its answers are under way. */
  enqueue(connection: Connection): void
}

export interface SlicesOptions {
  readonly limits: SliceLimits
  /** Sends the waiting answers. */
  flush(): void
  parse(connection: Connection): void
  now(): number
}

// A process that was suspended during a slice would otherwise rest for hours.
const maxRestMs = 100

export function buildSlices({ limits, flush, parse, now }: SlicesOptions): Slices {
  const { maxOpen, perRead, perSlice, sliceMs, restRatio } = limits
  const queue: Connection[] = []
  let left = perRead
  let isTurnOpen = false
  let isResting = false

  function openTurn(): void {
    if (isTurnOpen) return
    isTurnOpen = true
    setImmediate(endTurn) // Runs when all input at hand has been read.
  }

  function endTurn(): void {
    isTurnOpen = false
    flush()
    if (queue.length > 0 && !isResting) parseSome()
    left = perRead
  }

  // Without slices, pipelined requests would fill whole turns, and other clients would wait for them and for the
  // garbage collector.
  function parseSome(): void {
    const fromMs = now()
    let spentMs = 0
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      left = perSlice
      parse(next)
      spentMs = now() - fromMs
      if (spentMs >= sliceMs) break
    }
    isResting = true
    setTimeout(
      () => {
        isResting = false
        if (queue.length > 0) openTurn()
      },
      Math.min(maxRestMs, spentMs * restRatio),
    )
  }

  return {
    isTooMany: ({ open, isRefused }) => {
      if (open < 2) return false
      openTurn()
      left--
      return left <= 0 || open >= maxOpen || isRefused
    },
    enqueue: connection => {
      const { isQueued, isHeld, open } = connection
      if (isQueued || isHeld || open >= maxOpen) return
      connection.isQueued = true
      queue.push(connection)
      openTurn()
    },
  }
}
