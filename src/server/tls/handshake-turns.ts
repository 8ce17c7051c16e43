// When a handshake is begun. A full handshake costs as much as dozens of photos, and the client can ask for it with a few
// bytes. A client that asks for many gets the first ones at once, and those above its allowance in turns with the
// other such clients, in a tenth of the time: requests of others are served in between.
import { LRUCache } from 'lru-cache'

export interface HandshakeTurns {
  /**
   * Begins the handshake now or in its turn. False: too many of this client's handshakes wait already, and `begin` is
   * not called. `begin` must be synchronous up to the process's next tick.
   */
  take(client: string, begin: () => void): boolean
}

export interface HandshakeLimits {
  /** Handshakes of one client at once. */
  readonly burst: number
  /** Handshakes of one client a second, in the long run. */
  readonly perSecond: number
  /** Handshakes of one client that wait for their turn. */
  readonly maxWaiting: number
  /** Length of the rest after a turn, as a multiple of the time that it took. */
  readonly restRatio: number
  /** The same in milliseconds, at least: with TLS_RSA the work comes later, when the client has answered. */
  readonly minRestMs: number
  /** Clients that are remembered. */
  readonly maxClients: number
}

// A browser opens six connections, an office behind one address a few hundred in the morning.
const defaults: HandshakeLimits = {
  burst: 200,
  perSecond: 20,
  maxWaiting: 512,
  restRatio: 9,
  minRestMs: 25,
  maxClients: 10_000,
}
// A process that was suspended during a turn would otherwise rest for hours.
const maxRestMs = 500

interface Allowance {
  left: number
  atMs: number
}

/** `now`: milliseconds of a clock that is never set back. */
export function buildHandshakeTurns({
  limits = defaults,
  now = () => performance.now(),
}: {
  limits?: HandshakeLimits
  now?: () => number
} = {}): HandshakeTurns {
  const allowances = new LRUCache<string, Allowance>({ max: limits.maxClients })
  // In the order of their turns; a client that had one goes to the end.
  const waiting = new Map<string, (() => void)[]>()
  let isBusy = false

  function isAllowed(client: string): boolean {
    const nowMs = now()
    const allowance = allowances.get(client) ?? { left: limits.burst, atMs: nowMs }
    allowances.set(client, allowance)
    const gained = ((nowMs - allowance.atMs) * limits.perSecond) / 1000
    allowance.left = Math.min(limits.burst, allowance.left + gained)
    allowance.atMs = nowMs
    if (allowance.left < 1) return false
    allowance.left--
    return true
  }

  function takeTurn(): void {
    const [next] = waiting
    if (next === undefined) {
      isBusy = false
      return
    }
    const [client, queue] = next
    waiting.delete(client)
    const begin = queue.shift()
    if (queue.length > 0) waiting.set(client, queue)
    const fromMs = now()
    begin?.()
    // The bytes that have been read are handed to OpenSSL in the next tick, in the order of the calls.
    process.nextTick(() => {
      const restMs = Math.max(limits.minRestMs, (now() - fromMs) * limits.restRatio)
      setTimeout(takeTurn, Math.min(maxRestMs, restMs)).unref()
    })
  }

  return {
    take: (client, begin) => {
      const queue = waiting.get(client)
      if (queue === undefined && isAllowed(client)) {
        begin()
        return true
      }
      if (queue !== undefined && queue.length >= limits.maxWaiting) return false
      if (queue === undefined) waiting.set(client, [begin])
      else queue.push(begin)
      if (!isBusy) {
        isBusy = true
        setImmediate(takeTurn)
      }
      return true
    },
  }
}
