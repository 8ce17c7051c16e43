// How fast doctor asks. A front that limits requests must not take doctor for an attacker: few requests at once, one after the
// other, and slower when the front says that they are too many.
import { setTimeout as delay } from 'node:timers/promises'

export interface ProbePace {
  /** Runs the request when its turn comes. `isAtOnce`: several may start together, but not more than usual run. */
  run<Result>(ask: () => Promise<Result>, isAtOnce?: boolean): Promise<Result>
  /** The front has refused a request because there were too many: waits, and asks slower from now on. */
  slowDown(): Promise<void>
}

/** A front that counts the connections of a client allows at least so many. */
export const maxAtOnce = 4
// Each time, and at most, in times of the first pace.
const slower = 3
const slowest = 9
// Before the next try, in times of the first pace: a second or two.
const rest = 15

/** `ms`: between the starts of two requests. */
export function buildPace(ms: number): ProbePace {
  let paceMs = ms
  let nextMs = 0
  let restedMs = 0
  let running = 0
  const waiting: (() => void)[] = []
  const enter = async () => {
    if (running >= maxAtOnce) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
  }
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
  return {
    run: async (ask, isAtOnce = false) => {
      await enter()
      try {
        const nowMs = performance.now()
        const startMs = isAtOnce ? nowMs : Math.max(nowMs, nextMs)
        nextMs = Math.max(nextMs, startMs) + paceMs
        if (startMs > nowMs) await delay(startMs - nowMs)
        return await ask()
      } finally {
        leave()
      }
    },
    slowDown: async () => {
      const nowMs = performance.now()
      // Several requests that ran together are one sign.
      if (nowMs >= restedMs) {
        paceMs = Math.min(ms * slowest, paceMs * slower)
        restedMs = nowMs + ms * rest
        nextMs = Math.max(nextMs, restedMs)
      }
      await delay(restedMs - nowMs)
    },
  }
}
