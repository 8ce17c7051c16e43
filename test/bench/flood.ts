// What others notice when one client sends forged tokens, all different, 10,000 a second: the latency of
// people with good tokens, alone, beside as many requests that bring no token, and beside that client. Where there
// are few cores its own side of that costs the others too: so also beside the same flood sent to another program.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runAttacker } from './attacker.ts'
import { startElsewhere } from './elsewhere.ts'
import type { FloodLoad } from './flooder.ts'
import type { Newcomers } from './newcomers.ts'
import { askAsNewcomers, newcomers } from './newcomers.ts'
import type { BenchPhoto } from './photos.ts'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf, verifying } from './rows.ts'
import { startServer } from './running.ts'
import { forgeTokens, issueTokens } from './tokens.ts'
import { runWrk } from './wrk.ts'

export interface FloodRound {
  /** The others' p99 in milliseconds: alone, and beside each of the floods. */
  readonly aloneMs: number
  readonly besideMs: Record<FloodName, number>
  /** Requests a second of the flood, and its answers. */
  readonly offered: Record<FloodName, number>
  readonly answered: Record<FloodName, number>
  /** Cores that the gate kept busy during the flood. */
  readonly cores: Record<FloodName, number>
  /** While the forged tokens come. */
  readonly newcomers: Newcomers
}

export interface FloodOptions {
  readonly home: string
  readonly directory: string
  readonly photos: readonly BenchPhoto[]
  readonly rounds: number
  readonly seconds: number
  progress(text: string): void
}

// Each connection rests for delayMs on average before it asks again.
const others = { connections: 20, delayMs: 4 }
const titles = {
  plain: 'beside a client without a token',
  elsewhere: 'beside a client with forged tokens, sent to another program',
  forged: 'beside a client with forged tokens, all different',
}
type FloodName = keyof typeof titles
const names = Object.keys(titles) as FloodName[]
const flooder = { connections: 300, perSecond: 10_000 }
const forgedCount = 130_000
// The flood begins before the measured clients and ends after them.
const leadMs = 1_000
// People with new tokens come after the measured clients.
const afterMs = newcomers.patienceMs + newcomers.count * newcomers.everyMs

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
  const elsewhere = startElsewhere()
  const { port, pid } = running
  const askGood = () => runWrk({ port, requests: goodFile, seconds, pace: others })
  const result: FloodRound[] = []
  try {
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      const { p99Ms: aloneMs } = await askGood()
      const [besideMs, offered, answered, cores] = [numbers(), numbers(), numbers(), numbers()]
      let came: Newcomers = { admitted: 0, slowestMs: 0 }
      for (const [at, name] of names.entries()) {
        // New tokens each time, because the gate remembers refusals for a while.
        const token = good[(round * names.length + at) % good.length] ?? ''
        const requests =
          name === 'plain' ? plainFile : write('forged.requests', forgeTokens(token, forgedCount))
        const before = readTree(pid).cpuSeconds
        const [beside, flood] = await Promise.all([
          delay(leadMs)
            .then(askGood)
            .then(async measured => {
              came = await askAsNewcomers(port, probe.path, issueTokens(newcomers.count))
              return measured
            }),
          runAttacker<FloodLoad>('flooder.ts', [
            name === 'elsewhere' ? await elsewhere.port : port,
            flooder.connections,
            flooder.perSecond,
            seconds + (2 * leadMs + afterMs) / 1000,
            requests,
          ]),
        ])
        if (beside.errors !== '') throw new Error(`errors in a load: ${beside.errors}`)
        if (flood.offered > forgedCount) throw new Error('forged tokens came twice')
        besideMs[name] = beside.p99Ms
        offered[name] = flood.offered / flood.seconds
        answered[name] = flood.answered / flood.seconds
        cores[name] = (readTree(pid).cpuSeconds - before) / flood.seconds
        progress(
          `flood, round ${round} of ${rounds}: p99 ${aloneMs.toFixed(2)} ms alone, ${beside.p99Ms.toFixed(2)} ${titles[name]}, ${Math.round(offered[name])}/s, ${Math.round(answered[name])}/s answered`,
        )
      }
      // Round 0 warms up.
      if (round > 0) {
        result.push({ aloneMs, besideMs, offered, answered, cores, newcomers: came })
      }
    }
  } finally {
    await Promise.all([running.stop(), elsewhere.stop()])
  }
  return result
}

function numbers(): Record<FloodName, number> {
  return { plain: 0, elsewhere: 0, forged: 0 }
}

/** The others' p99 beside the forged tokens over their p99 otherwise. */
export function ratioOfFlood(
  rounds: readonly FloodRound[],
  otherwise: (round: FloodRound) => number,
): Ratio {
  const ratios = rounds.map(round => round.besideMs.forged / otherwise(round))
  return ratioOfRounds(ratios)
}

/** How many new good tokens got no photo in time: a number, not a ratio. */
export function lockedOutOf(rounds: readonly FloodRound[]): Ratio {
  const counts = rounds.map(({ newcomers: { admitted } }) => newcomers.count - admitted)
  return ratioOfRounds(counts)
}

export function formatFlood(rounds: readonly FloodRound[]): string {
  const middle = (pick: (round: FloodRound) => number) => median(rounds.map(pick))
  const lines = names.map(name => {
    const rateOf = (pick: (round: FloodRound) => Record<FloodName, number>) =>
      Math.round(middle(round => pick(round)[name])).toLocaleString('en')
    const p99 = middle(({ besideMs }) => besideMs[name]).toFixed(2)
    return `| ${titles[name]} | ${rateOf(({ offered }) => offered)} | ${rateOf(({ answered }) => answered)} | ${p99} | ${middle(({ cores }) => cores[name]).toFixed(2)} |\n`
  })
  return `| people with good tokens, ${others.connections} connections | requests/s beside them | answered | their p99 ms | cores busy |
| --- | ---: | ---: | ---: | ---: |
| alone | – | – | ${middle(({ aloneMs }) => aloneMs).toFixed(2)} | – |
${lines.join('')}
Of ${newcomers.count} people with new good tokens from the address of the forged ones, ${Math.min(...rounds.map(({ newcomers: { admitted } }) => admitted))} or more were admitted within ${newcomers.patienceMs / 1000} s in every round; the slowest waited ${Math.round(Math.max(...rounds.map(({ newcomers: { slowestMs } }) => slowestMs)))} ms.
`
}
