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
  /** The others' p99 in milliseconds: alone, and beside each of the floods. */
  readonly aloneMs: number
  readonly besideMs: Record<FloodName, number>
  /** Answers a second that the flood got. */
  readonly perSecond: Record<FloodName, number>
  /** Cores that the gate kept busy meanwhile. */
  readonly cores: Record<FloodName, number>
}

export interface FloodOptions {
  readonly home: string
  readonly directory: string
  readonly photos: readonly BenchPhoto[]
  readonly rounds: number
  readonly seconds: number
  progress(text: string): void
}

// Each of so many connections rests so long, on average, before it asks again. The floods' generator gives
// way to the others' on machines with few cores: it is the gate that is to be measured, not who of its
// clients is scheduled first.
const others = { connections: 20, delayMs: 4 }
const floods = {
  plain: { connections: 300, delayMs: 28, isNice: true },
  forged: { connections: 300, delayMs: 21, isNice: true },
  browser: { connections: 50, delayMs: 4, isNice: true },
} as const
type FloodName = keyof typeof floods
const titles: Record<FloodName, string> = {
  plain: 'beside one who asks without a token',
  forged: 'beside one with forged tokens, all different',
  browser: 'beside the same over 50 connections in place of 300',
}
const names = Object.keys(floods) as FloodName[]
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
  const place = { home: join(home, 'gate'), photos: directory, probe }
  const running = await startServer('gate', verifying, place)
  const { port, pid } = running
  const askGood = () => runWrk({ port, requests: goodFile, seconds, pace: others })
  const result: FloodRound[] = []
  try {
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      const { p99Ms: aloneMs } = await askGood()
      const [besideMs, perSecond, cores] = [numbers(), numbers(), numbers()]
      for (const [at, name] of names.entries()) {
        // New ones each time: the gate remembers refusals for a while.
        const token = good[(round * names.length + at) % good.length] ?? ''
        const requests =
          name === 'plain' ? plainFile : write('forged.requests', forgeTokens(token, forgedCount))
        const before = readTree(pid).cpuSeconds
        const loads = await Promise.all([
          askGood(),
          runWrk({ port, requests, seconds, pace: floods[name] }),
        ])
        const errors = loads.map(load => load.errors).join('')
        if (errors !== '') throw new Error(`errors in a load: ${errors}`)
        const [beside, flood] = loads
        if (flood.requests > forgedCount) throw new Error('forged tokens came twice')
        besideMs[name] = beside.p99Ms
        perSecond[name] = flood.requests / flood.seconds
        cores[name] = (readTree(pid).cpuSeconds - before) / flood.seconds
        progress(
          `flood, round ${round} of ${rounds}: p99 ${aloneMs.toFixed(2)} ms alone, ${beside.p99Ms.toFixed(2)} ${titles[name]}, ${Math.round(perSecond[name])}/s`,
        )
      }
      // Round 0 warms up.
      if (round > 0) result.push({ aloneMs, besideMs, perSecond, cores })
    }
  } finally {
    await running.stop()
  }
  return result
}

function numbers(): Record<FloodName, number> {
  return { plain: 0, forged: 0, browser: 0 }
}

export function ratioOfFlood(rounds: readonly FloodRound[]): Ratio {
  const ratios = rounds.map(({ aloneMs, besideMs }) => besideMs.forged / aloneMs)
  return { middle: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
}

export function formatFlood(rounds: readonly FloodRound[]): string {
  const middle = (pick: (round: FloodRound) => number) => median(rounds.map(pick))
  const lines = names.map(name => {
    const rate = Math.round(middle(({ perSecond }) => perSecond[name])).toLocaleString('en')
    const p99 = middle(({ besideMs }) => besideMs[name]).toFixed(2)
    return `| ${titles[name]} | ${rate} | ${p99} | ${middle(({ cores }) => cores[name]).toFixed(2)} |\n`
  })
  return `| people with good tokens, ${others.connections} connections | requests/s beside them | their p99 ms | cores busy |
| --- | ---: | ---: | ---: |
| alone | – | ${middle(({ aloneMs }) => aloneMs).toFixed(2)} | – |
${lines.join('')}`
}
