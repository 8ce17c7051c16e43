// Whose requests are taken when, of those that come faster than they are answered: a few as they are read, and the
// others, unparsed until then, in short slices of time with long rests between them.
import type { Connection } from './exchange.ts'

export interface SliceLimits {
  /** Answers of one connection that may be under way. */
  readonly maxOpen: number
  /** Requests that all connections together may have taken in one turn as they are read. */
  readonly perRead: number
  /** Of what waits unparsed: requests of one connection before it is another's turn. */
  readonly perSlice: number
  /** Of what waits unparsed: milliseconds in one turn. */
  readonly sliceMs: number
  /** Then nothing of it is taken for so many times as long as that took. */
  readonly restRatio: number
}

export interface Slices {
  /** Whether nothing more of the connection is to be taken now. To be asked after each request. */
  isTooMany(connection: Connection): boolean
  /** To be parsed in its slice, unless it may not be yet. */
  enqueue(connection: Connection): void
}

export interface SlicesOptions {
  readonly limits: SliceLimits
  /** Sends the answers that wait to be sent. */
  flush(): void
  parse(connection: Connection): void
  now(): number
}

// A process that was stopped in the midst of it has spent hours.
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

  // Whole turns of it would leave the others the rest of a core, and the garbage of all that to be collected.
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
