// The ledger of a running gate: in memory or in Redis, as the configuration says now. The memory lives on through every
// reload, so that none renews a budget.
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { LedgerFacts } from '../admin/sources.ts'
import type { LedgerSettings } from '../config/settings.ts'
import { buildBridgedLedger } from '../guest/bridged-ledger.ts'
import type { ForgettingLedger } from '../guest/ledger.ts'
import { buildMemoryLedger } from '../guest/memory-ledger.ts'
import { RedisCircuit } from '../guest/redis-circuit.ts'
import { connectToRedis } from '../guest/redis-connection.ts'
import { buildAskRedis, forgetInRedis } from '../guest/redis-keys.ts'
import { ledgerFull } from './guest-reports.ts'
import type { LedgerReports } from './ledger-reports.ts'
import { buildLedgerReports } from './ledger-reports.ts'

export interface GuestLedger extends ForgettingLedger {
  /** Anew each time. */
  readonly facts: LedgerFacts
  /** From now on. Resolves when Redis has answered or failed, after a second at most; the one before serves so long. */
  configure(settings: LedgerSettings | undefined): Promise<void>
  close(): void
}

// Milliseconds for which the start and a reload wait for Redis.
const firstAnswerMs = 1_000

interface Link {
  readonly circuit: RedisCircuit
  readonly reports: LedgerReports
}

export function openGuestLedger(logger: Logger): GuestLedger {
  const memory = buildMemoryLedger({ onFull: () => logger.warn(ledgerFull) })
  const links = new Set<Link>()
  let current: ForgettingLedger = memory
  let configured: LedgerSettings | undefined
  let newest = { isUp: false }
  const counts = { outages: 0, bridged: 0 }

  function closeAll(): void {
    for (const { circuit, reports } of links) {
      circuit.close()
      reports.close()
    }
    links.clear()
  }

  return {
    count: entry => current.count(entry),
    forget: account => current.forget(account),
    get facts(): LedgerFacts {
      if (configured === undefined) return { kind: 'memory', isUp: true, ...counts }
      return { kind: 'redis', isUp: newest.isUp, ...counts }
    },
    configure: async settings => {
      if (isDeepStrictEqual(settings, configured)) return
      configured = settings
      if (settings === undefined) {
        current = memory
        closeAll()
        return
      }
      const { target, secret, whenDown } = settings
      const reports = buildLedgerReports(logger, settings)
      const state = { isUp: false }
      newest = state
      const connect = connectToRedis.bind(undefined, target)
      const circuit = new RedisCircuit({
        connect,
        onDown: error => {
          state.isUp = false
          counts.outages++
          reports.onDown(error)
        },
        onUp: outage => {
          state.isUp = true
          reports.onUp(outage)
        },
      })
      const next = buildBridgedLedger({
        ...{ memory, circuit, whenDown },
        onBridged: () => counts.bridged++,
        questionOf: buildAskRedis(secret),
        forgetOf: account => forgetInRedis(secret, account),
      })
      const before = [...links]
      links.add({ circuit, reports })
      await Promise.race([circuit.tried, delay(firstAnswerMs, undefined, { ref: false })])
      current = next
      for (const link of before) {
        link.circuit.close()
        link.reports.close()
        links.delete(link)
      }
    },
    close: closeAll,
  }
}
