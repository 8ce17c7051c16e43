// What a million clients cost the ledger in memory: bytes each, and the longest pause while they come.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import type { Ratio } from './ratio.ts'

export interface ClientsMeasurement {
  readonly clients: number
  readonly bytesEach: number
  /** The slowest of all batches of 100 requests, in milliseconds. */
  readonly pauseMs: number
}

const batch = 100
const budget = { people: 40, misses: 10, perMs: 3_600_000 }

export function measureClients(clients: number): ClientsMeasurement {
  const ledger = buildMemoryLedger()
  const startMs = Date.now()
  const before = residentBytes()
  let pauseMs = 0
  for (let client = 0; client < clients; ) {
    const use = process.cpuUsage()
    const beganMs = performance.now()
    for (let left = batch; left > 0; left--, client++) {
      ledger.count({
        ...{
          rule: 'guests',
          client: `client ${client}`,
          person: `p${client % 5_000}@acme.example`,
        },
        ...{ isMissing: false, isCanary: false, budget, alarm: undefined, nowMs: startMs },
      })
    }
    const { user, system } = process.cpuUsage(use)
    // Other work of the machine adds to the time, and threads that collect garbage beside add to the CPU time.
    const took = Math.min(performance.now() - beganMs, (user + system) / 1e3)
    pauseMs = Math.max(pauseMs, took)
  }
  return {
    clients: ledger.clients,
    bytesEach: (residentBytes() - before) / ledger.clients,
    pauseMs,
  }
}

function residentBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

export function pauseOf({ pauseMs }: ClientsMeasurement): Ratio {
  return { middle: pauseMs, least: pauseMs, most: pauseMs }
}

export function formatClients({ clients, bytesEach, pauseMs }: ClientsMeasurement): string {
  return `| clients that the ledger in memory remembers | bytes each | longest pause ms |
| ---: | ---: | ---: |
| ${clients.toLocaleString('en')} | ${bytesEach.toFixed(0)} | ${pauseMs.toFixed(1)} |
`
}
