// What a ledger in Redis adds to a photo at 2,000 requests a second: time until the answer and CPU of the gate, against a
// gate without a budget that gets the same load in turns.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FloodOptions } from './flood.ts'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { startBenchRedis } from './redis.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf, post, shared } from './rows.ts'
import type { Running } from './running.ts'
import { startServer } from './running.ts'
import { runWrk } from './wrk.ts'

/** The same load at both gates, one after the other. */
export interface LedgerRound {
  readonly without: LedgerSample
  readonly with: LedgerSample
}

interface LedgerSample {
  readonly p50Micros: number
  readonly p99Micros: number
  readonly cpuMicros: number
  readonly perSecond: number
}

// wrk rests whole milliseconds: 2,000 requests a second, as far as the answers take no time.
const pace = { connections: 20, delayMs: 10 }

/** Undefined: redis-server is not installed. */
export async function measureLedger(
  options: FloodOptions,
  signal: AbortSignal,
): Promise<readonly LedgerRound[] | undefined> {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'ledger')
  mkdirSync(home)
  const redis = await startBenchRedis(home)
  if (redis === undefined) return undefined
  const headers = { ...browser, cookie: cookieOf('x'.repeat(300)) }
  const requests = join(home, 'photos.requests')
  writeFileSync(requests, photos.map(({ path }) => headOf(path, headers)).join(''))
  const probe = { path: photos[0]?.path ?? '', headers }
  const measured: LedgerRound[] = []
  const running: Running[] = []
  const start = async (setting: typeof post) => {
    const place = { home: join(home, setting.name), photos: directory, probe }
    const server = await startServer('gate', setting, place)
    running.push(server)
    return server
  }
  try {
    const plain = await start(post)
    const counting = await start({ ...shared, redisPort: redis.port })
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      const samples = {
        without: await takeSample(plain, { requests, seconds }),
        with: await takeSample(counting, { requests, seconds }),
      }
      // Round 0 warms up.
      if (round > 0) measured.push(samples)
      progress(
        `ledger, round ${round} of ${rounds}: p50 ${samples.without.p50Micros.toFixed(0)} and ${samples.with.p50Micros.toFixed(0)} µs`,
      )
    }
  } finally {
    await Promise.all(running.map(server => server.stop()))
    await redis.stop()
  }
  return measured
}

async function takeSample(
  { port, pid }: Running,
  { requests, seconds }: { readonly requests: string; readonly seconds: number },
): Promise<LedgerSample> {
  const before = readTree(pid).cpuSeconds
  const load = await runWrk({ port, requests, seconds, pace })
  if (load.errors !== '') throw new Error(`errors in a load: ${load.errors}`)
  return {
    p50Micros: load.p50Ms * 1e3,
    p99Micros: load.p99Ms * 1e3,
    cpuMicros: ((readTree(pid).cpuSeconds - before) * 1e6) / load.requests,
    perSecond: load.requests / load.seconds,
  }
}

/** What the ledger adds, in microseconds. */
export function addedByLedger(
  rounds: readonly LedgerRound[],
  key: 'p50Micros' | 'cpuMicros',
): Ratio {
  const added = rounds.map(({ without, with: counted }) => counted[key] - without[key])
  return ratioOfRounds(added)
}

export function formatLedger(rounds: readonly LedgerRound[]): string {
  const line = (title: string, samples: readonly LedgerSample[]) => {
    const middle = (key: keyof LedgerSample) => median(samples.map(sample => sample[key]))
    return `| ${title} | ${middle('p50Micros').toFixed(0)} | ${middle('p99Micros').toFixed(0)} | ${middle('cpuMicros').toFixed(0)} | ${Math.round(middle('perSecond')).toLocaleString('en')} |\n`
  }
  return `| ${pace.connections} connections that rest ${pace.delayMs} ms | p50 µs | p99 µs | CPU µs/request of the gate | requests/s |
| --- | ---: | ---: | ---: | ---: |
${line(
  'without a budget',
  rounds.map(({ without }) => without),
)}${line(
  'with a budget and an alarm in Redis',
  rounds.map(({ with: counted }) => counted),
)}`
}
