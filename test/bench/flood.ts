// What others notice when one client sends forged tokens, all different, 10,000 a second: the latency of
// people with good tokens, with and without that client.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchPhoto } from './photos.ts'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf, verifying } from './rows.ts'
import { startServer } from './running.ts'
import { forgeTokens, issueTokens } from './tokens.ts'
import type { Load } from './wrk.ts'
import { runWrk } from './wrk.ts'

export interface FloodRound {
  readonly aloneP99Ms: number
  readonly besideP99Ms: number
  readonly forgedPerSecond: number
  /** Cores that the gate kept busy during the flood. */
  readonly cores: number
}

export interface FloodOptions {
  readonly home: string
  readonly directory: string
  readonly photos: readonly BenchPhoto[]
  readonly rounds: number
  readonly seconds: number
  progress(text: string): void
}

// Each of so many connections waits so long before it asks again: 10,000 and 1,000 requests a second.
const flood = { connections: 40, delayMs: 4 }
const others = { connections: 4, delayMs: 4 }
const forgedCount = 60_000

export async function measureFlood(options: FloodOptions, signal: AbortSignal) {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'flood')
  mkdirSync(home)
  const good = issueTokens(100)
  const [own = ''] = good
  const write = (name: string, tokens: readonly string[]) => {
    const heads = tokens.map((token, at) =>
      headOf((photos[at % photos.length] as BenchPhoto).path, {
        ...browser,
        cookie: cookieOf(token),
      }),
    )
    const file = join(home, name)
    writeFileSync(file, heads.join(''))
    return file
  }
  const goodFile = write('good.requests', good)
  const probe = { path: photos[0]?.path ?? '', headers: { cookie: cookieOf(own) } }
  const running = await startServer('gate', verifying, {
    home: join(home, 'gate'),
    photos: directory,
    probe,
  })
  const result: FloodRound[] = []
  try {
    const { port, pid } = running
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      // New ones each time: the gate remembers refusals for a while.
      const forgedFile = write(
        'forged.requests',
        forgeTokens(good[round % good.length] ?? '', forgedCount),
      )
      const alone = await runWrk({ port, requests: goodFile, seconds, pace: others })
      const before = readTree(pid).cpuSeconds
      const [beside, forged]: Load[] = await Promise.all([
        runWrk({ port, requests: goodFile, seconds, pace: others }),
        runWrk({ port, requests: forgedFile, seconds, pace: flood }),
      ])
      if (beside === undefined || forged === undefined) throw new Error('no load')
      if (alone.errors + beside.errors + forged.errors !== '') throw new Error('errors in a load')
      const cores = (readTree(pid).cpuSeconds - before) / forged.seconds
      const forgedPerSecond = forged.requests / forged.seconds
      if (forged.requests > forgedCount) throw new Error('forged tokens came twice')
      progress(
        `flood, round ${round} of ${rounds}: p99 ${alone.p99Ms.toFixed(2)} ms alone, ${beside.p99Ms.toFixed(2)} ms beside ${Math.round(forgedPerSecond)} forged tokens/s`,
      )
      // Round 0 warms up.
      if (round > 0)
        result.push({ aloneP99Ms: alone.p99Ms, besideP99Ms: beside.p99Ms, forgedPerSecond, cores })
    }
  } finally {
    await running.stop()
  }
  return result
}

export function ratioOfFlood(rounds: readonly FloodRound[]): Ratio {
  const ratios = rounds.map(({ aloneP99Ms, besideP99Ms }) => besideP99Ms / aloneP99Ms)
  return { middle: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}

export function formatFlood(rounds: readonly FloodRound[]): string {
  const middle = (key: keyof FloodRound) => median(rounds.map(round => round[key]))
  const line = (title: string, p99Ms: number) => `| ${title} | ${p99Ms.toFixed(2)} |\n`
  const rate = Math.round(middle('forgedPerSecond')).toLocaleString('en')
  return `| people with good tokens, 1,000 requests/s | p99 ms |
| --- | ---: |
${line('alone', middle('aloneP99Ms'))}${line(`beside ${rate} forged tokens/s (gate busy ${middle('cores').toFixed(2)} of a core)`, middle('besideP99Ms'))}`
}
