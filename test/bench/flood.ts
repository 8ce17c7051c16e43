// What others notice when one client sends forged tokens, all different, 10,000 a second: the latency of
// people with good tokens, alone, beside as many requests that bring no token, and beside that client.
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
import { runWrk } from './wrk.ts'

export interface FloodRound {
  readonly aloneP99Ms: number
  readonly besidePlainP99Ms: number
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

// Each of so many connections rests so long, on average, before it asks again: 10,000 and 5,000 requests a
// second. The flood's generator gives way to the others' on machines with few cores: it is the gate that
// is to be measured, not who of its clients is scheduled first.
const flood = { connections: 50, delayMs: 4, isNice: true }
const others = { connections: 20, delayMs: 4 }
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
  const plainFile = join(home, 'plain.requests')
  writeFileSync(plainFile, photos.map(({ path }) => headOf(path, browser)).join(''))
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
      const askGood = () => runWrk({ port, requests: goodFile, seconds, pace: others })
      const flooding = (requests: string) => runWrk({ port, requests, seconds, pace: flood })
      const alone = await askGood()
      const [besidePlain, plain] = await Promise.all([askGood(), flooding(plainFile)])
      const before = readTree(pid).cpuSeconds
      const [beside, forged] = await Promise.all([askGood(), flooding(forgedFile)])
      const errors = [alone, besidePlain, plain, beside, forged].map(load => load.errors)
      if (errors.join('') !== '') throw new Error(`errors in a load: ${errors}`)
      const cores = (readTree(pid).cpuSeconds - before) / forged.seconds
      const forgedPerSecond = forged.requests / forged.seconds
      if (forged.requests > forgedCount) throw new Error('forged tokens came twice')
      const [aloneP99Ms, besidePlainP99Ms, besideP99Ms] = [alone, besidePlain, beside].map(
        load => load.p99Ms,
      ) as [number, number, number]
      progress(
        `flood, round ${round} of ${rounds}: p99 ${aloneP99Ms.toFixed(2)} ms alone, ${besidePlainP99Ms.toFixed(2)} beside others without a token, ${besideP99Ms.toFixed(2)} beside ${Math.round(forgedPerSecond)} forged tokens/s`,
      )
      // Round 0 warms up.
      if (round > 0)
        result.push({ aloneP99Ms, besidePlainP99Ms, besideP99Ms, forgedPerSecond, cores })
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
  return `| people with good tokens, ${others.connections} connections | p99 ms |
| --- | ---: |
${line('alone', middle('aloneP99Ms'))}${line('beside as many requests without a token', middle('besidePlainP99Ms'))}${line(`beside ${rate} forged tokens/s (gate busy ${middle('cores').toFixed(2)} of a core)`, middle('besideP99Ms'))}`
}
