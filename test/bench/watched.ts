// What the admin page costs the gate: the p99 and the CPU of photos at 3,000 requests a second, with five clients on the
// page's event stream, against a gate without an admin listener that gets the same load in turns. And whether its metrics
// are exact: every line of the log is one request of theirs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from '../fixtures/client.ts'
import type { FloodOptions } from './flood.ts'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf, post } from './rows.ts'
import type { Running } from './running.ts'
import { startServer } from './running.ts'
import { runWrk } from './wrk.ts'

interface WatchedSample {
  readonly p99Ms: number
  readonly cpuMicros: number
  readonly perSecond: number
}

export interface WatchedRound {
  readonly alone: WatchedSample
  readonly watched: WatchedSample
}

export interface WatchedMeasurement {
  readonly rounds: readonly WatchedRound[]
  /** Requests by the log, and by the metrics. */
  readonly logged: number
  readonly counted: number
  /** Events that the clients received. */
  readonly events: number
}

// wrk rests whole milliseconds: about 3,000 requests a second.
const pace = { connections: 30, delayMs: 10 }
const readers = 5
// Longer than the log holds its lines.
const quietMs = 500

export async function measureWatched(
  options: FloodOptions,
  signal: AbortSignal,
): Promise<WatchedMeasurement> {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'watched')
  mkdirSync(home)
  const headers = { ...browser, cookie: cookieOf('x'.repeat(300)) }
  const requests = join(home, 'photos.requests')
  writeFileSync(requests, photos.map(({ path }) => headOf(path, headers)).join(''))
  const probe = { path: photos[0]?.path ?? '', headers }
  const measured: WatchedRound[] = []
  const running: Running[] = []
  const start = async (name: string, isWatched: boolean) => {
    const place = { home: join(home, name), photos: directory, probe }
    const server = await startServer('gate', { ...post, name, isWatched }, place)
    running.push(server)
    return server
  }
  let events = 0
  try {
    const alone = await start('alone', false)
    const watched = await start('watched', true)
    const log = join(home, 'watched', 'stdout.log')
    const adminPort = findAdminPort(log)
    const streams = Array.from({ length: readers }, () => readEvents(adminPort, () => events++))
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      const sample = {
        alone: await takeSample(alone, { requests, seconds }),
        watched: await takeSample(watched, { requests, seconds }),
      }
      // Round 0 warms up.
      if (round > 0) measured.push(sample)
      progress(
        `watched, round ${round} of ${rounds}: p99 ${sample.alone.p99Ms.toFixed(2)} ms alone, ${sample.watched.p99Ms.toFixed(2)} watched`,
      )
    }
    for (const stream of streams) stream.destroy()
    await delay(quietMs)
    const logged = readFileSync(log, 'utf8').split('"msg":"request"').length - 1
    return { rounds: measured, logged, counted: await countRequests(adminPort), events }
  } finally {
    await Promise.all(running.map(server => server.stop()))
  }
}

async function takeSample(
  { port, pid }: Running,
  { requests, seconds }: { readonly requests: string; readonly seconds: number },
): Promise<WatchedSample> {
  const before = readTree(pid).cpuSeconds
  const load = await runWrk({ port, requests, seconds, pace })
  if (load.errors !== '') throw new Error(`errors in a load: ${load.errors}`)
  return {
    p99Ms: load.p99Ms,
    cpuMicros: ((readTree(pid).cpuSeconds - before) * 1e6) / load.requests,
    perSecond: load.requests / load.seconds,
  }
}

function findAdminPort(log: string): number {
  const port = /"urls":\["http:\/\/127\.0\.0\.1:(\d+)"\],"needsToken"/.exec(
    readFileSync(log, 'utf8'),
  )
  if (port === null) throw new Error('the log does not name the admin listener')
  return Number(port[1])
}

/** A page's event stream, read as fast as it comes. */
function readEvents(port: number, onEvent: () => void) {
  const reading = get({ host: '127.0.0.1', port, path: '/api/events', agent: false }, response => {
    response.setEncoding('utf8').on('data', (text: string) => {
      for (
        let at = text.indexOf('event: live');
        at >= 0;
        at = text.indexOf('event: live', at + 1)
      ) {
        onEvent()
      }
    })
    response.on('error', () => {})
  })
  return reading.on('error', () => {})
}

async function countRequests(port: number): Promise<number> {
  const { body } = await ask(port, '/metrics')
  const counts = [...body.toString().matchAll(/^photogate_requests_total\{[^}]*\} (\d+)/gm)]
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

/** What is watched over what is not, round by round. */
export function ratioOfWatched({ rounds }: WatchedMeasurement, key: 'p99Ms' | 'cpuMicros'): Ratio {
  return ratioOfRounds(rounds.map(({ alone, watched }) => watched[key] / alone[key]))
}

/** Requests that the metrics have and the log does not, or the other way round: 0. */
export function inexactOf({ logged, counted }: WatchedMeasurement): Ratio {
  return ratioOfRounds([Math.abs(logged - counted)])
}

export function formatWatched({ rounds, logged, counted, events }: WatchedMeasurement): string {
  const line = (title: string, samples: readonly WatchedSample[]) => {
    const middle = (key: keyof WatchedSample) => median(samples.map(sample => sample[key]))
    return `| ${title} | ${middle('p99Ms').toFixed(2)} | ${middle('cpuMicros').toFixed(0)} | ${Math.round(middle('perSecond')).toLocaleString('en')} |\n`
  }
  return `| ${pace.connections} connections that rest ${pace.delayMs} ms | p99 ms | CPU µs/request of the gate | requests/s |
| --- | ---: | ---: | ---: |
${line(
  'without an admin listener',
  rounds.map(({ alone }) => alone),
)}${line(
  `with one, and ${readers} clients on its event stream`,
  rounds.map(({ watched }) => watched),
)}
${logged.toLocaleString('en')} requests by the log, ${counted.toLocaleString('en')} by the metrics; ${events.toLocaleString('en')} events received.
`
}
