// Bounds on wrong tokens: ten a minute of one client, and ten of all clients that have never sent the right one. A client
// that has is judged by its own count alone. Bounds only what wrong tokens are answered: the right one passes in any case, so
// that nobody can lock out the administrator and Prometheus.
import { LRUCache } from 'lru-cache'

export interface TokenAttempts {
  /** Seconds for which wrong tokens of this client are told to wait. Undefined: they are told that they are wrong. */
  findWaitSeconds(client: string): number | undefined
  noteRight(client: string): void
  /** Returns whether those that follow are told to wait, of this client or of all strangers. */
  noteWrong(client: string): boolean
}

export const maxWrong = 10
const perMs = 60_000
// Any number of addresses may try; those that are forgotten are under the bound for all.
const maxClients = 10_000
const trustedMs = 7 * 24 * 3_600_000

interface WrongCount {
  readonly sinceMs: number
  wrong: number
}

/** `now`: milliseconds of a clock that is never set back. */
export function buildTokenAttempts(now: () => number = () => performance.now()): TokenAttempts {
  const perf = { now }
  const counts = new LRUCache<string, WrongCount>({ max: maxClients })
  const known = new LRUCache<string, true>({ max: maxClients, ttl: trustedMs, perf })
  let strangers: WrongCount = { sinceMs: now(), wrong: 0 }

  function current(count: WrongCount | undefined): WrongCount {
    return count === undefined || now() - count.sinceMs >= perMs
      ? { sinceMs: now(), wrong: 0 }
      : count
  }

  function waitOf({ sinceMs, wrong }: WrongCount): number | undefined {
    return wrong < maxWrong ? undefined : Math.max(1, Math.ceil((sinceMs + perMs - now()) / 1_000))
  }

  return {
    findWaitSeconds: client =>
      waitOf(current(counts.get(client))) ??
      (known.has(client) ? undefined : waitOf(current(strangers))),
    noteRight: client => void known.set(client, true),
    noteWrong: client => {
      const own = current(counts.get(client))
      own.wrong++
      counts.set(client, own)
      if (known.has(client)) return own.wrong === maxWrong
      strangers = current(strangers)
      strangers.wrong++
      return own.wrong === maxWrong || strangers.wrong === maxWrong
    },
  }
}
