// What the log says about the ledger in Redis: a line when it goes, and one when it is back. A Redis that comes and goes
// gets a pair and a line with counts a minute.
import { performance } from 'node:perf_hooks'
import type { Logger } from 'pino'
import type { LedgerSettings } from '../config/settings.ts'
import type { CircuitReports } from '../guest/redis-circuit.ts'
import type { RedisTarget } from '../guest/redis-connection.ts'
import { secretIdOf } from '../guest/redis-keys.ts'
import { explainTrouble } from '../guest/redis-trouble.ts'

export interface LedgerReports extends CircuitReports {
  /** No more lines. */
  close(): void
}

interface ReportsOptions {
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number
  /** Milliseconds after a line about an outage in which no other outage gets its own. */
  readonly quietMs?: number
}

const effects = {
  local: 'this gate counts budgets for itself until it answers',
  refuse: 'guests see only people whom they saw through this gate before, until it answers',
}

export function buildLedgerReports(
  logger: Logger,
  { target, secret, whenDown }: LedgerSettings,
  { now = () => performance.now(), quietMs = 60_000 }: ReportsOptions = {},
): LedgerReports {
  const redis = nameOf(target)
  // Gates with different secrets would count apart, and nothing else would show it.
  const secretId = secretIdOf(secret)
  let isFirst = true
  // The outage that goes on, if any, and whether it has its line.
  let error: Error | undefined
  let isTold = false
  let quietUntilMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const sums = { outages: 0, bridged: 0, downMs: 0 }

  function takeSums() {
    const { outages, bridged, downMs } = sums
    Object.assign(sums, { outages: 0, bridged: 0, downMs: 0 })
    return { redis, outages, bridged, downSeconds: Math.round(downMs / 100) / 10 }
  }

  function tellDown(cause: Error): void {
    isTold = true
    quietUntilMs = now() + quietMs
    const { reason, advice } = explainTrouble(cause)
    logger.error(
      { redis, reason },
      `the ledger in Redis cannot be asked: ${advice}; ${effects[whenDown]}`,
    )
  }

  function tellLate(): void {
    timer = undefined
    if (error !== undefined) tellDown(error)
    else logger.warn(takeSums(), 'the ledger in Redis could not be asked for a while, and is back')
  }

  return {
    onDown: cause => {
      error = cause
      sums.outages++
      const waitMs = quietUntilMs - now()
      if (waitMs <= 0) tellDown(cause)
      else timer ??= setTimeout(tellLate, waitMs).unref()
    },
    onUp: ({ bridged, downMs }) => {
      if (sums.outages > 0) {
        sums.bridged += bridged
        sums.downMs += downMs
      }
      if (isTold) logger.info(takeSums(), 'the ledger in Redis is back')
      else if (isFirst) logger.info({ redis, secretId }, 'budgets are counted in Redis')
      isFirst = false
      isTold = false
      error = undefined
    },
    close: () => clearTimeout(timer),
  }
}

function nameOf({ server, db, tls }: RedisTarget): string {
  if ('path' in server) return `unix://${server.path}`
  const scheme = tls === undefined ? 'redis' : 'rediss'
  const hosts = 'sentinels' in server ? server.sentinels : [server]
  const names = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  const master = 'sentinels' in server ? ` (${server.master})` : ''
  return `${scheme}://${names.join(',')}/${db}${master}`
}
