// Runs rows against servers in rounds, so that other work of the machine affects all of them equally.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchPhoto } from './photos.ts'
import { readTree } from './process-tree.ts'
import type { RowRequests } from './requests.ts'
import { buildRequests } from './requests.ts'
import type { Row } from './rows.ts'
import type { Running } from './running.ts'
import { startServer } from './running.ts'
import type { ServerName } from './server.ts'
import { runWrk } from './wrk.ts'

export interface Sample {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the server's whole process tree, per request, in microseconds. */
  readonly cpuMicros: number
  /** Cores that the server kept busy. */
  readonly cores: number
}

export interface Result {
  readonly row: string
  readonly server: ServerName
  /** One sample a round. The nth samples of all results belong together. */
  readonly samples: Sample[]
  residentMiB: number
}

export interface MeasureOptions {
  readonly home: string
  readonly directory: string
  readonly photos: readonly BenchPhoto[]
  readonly rows: readonly Row[]
  readonly isInstalled: (name: ServerName) => boolean
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  progress(text: string): void
}

// Twice: in the second round, Node spends a fifth less on each request than in the first.
const warmUps = 2

interface Case {
  readonly row: Row
  /** One server, or several that are measured in turns. */
  readonly copies: readonly {
    readonly row: Row
    readonly running: Running
    readonly requests: RowRequests
  }[]
  readonly result: Result
}

/**
 * Stage after stage, so that servers which only wait do not take the cores' caches from those that work.
 * Leaves no server behind, whatever happens; `signal` ends it early.
 */
export async function measure(options: MeasureOptions, signal: AbortSignal): Promise<Result[]> {
  const results: Result[] = []
  for (const stage of new Set(options.rows.map(row => row.stage))) {
    const rows = options.rows.filter(row => row.stage === stage)
    const home = join(options.home, stage)
    mkdirSync(home)
    results.push(...(await measureStage({ ...options, home, rows }, signal)))
  }
  return results
}

async function measureStage(options: MeasureOptions, signal: AbortSignal): Promise<Result[]> {
  const started = new Map<string, Running>()
  try {
    const cases = await prepare(options, started, signal)
    const { rounds, seconds, warmUpSeconds, progress } = options
    // Rounds up to 0 warm up compiled code, the system's file cache and the servers' threads.
    for (let round = 1 - warmUps; round <= rounds; round++) {
      for (const each of rotate(cases, Math.max(0, round))) {
        // Warm-up rounds run all copies, so that each is warm.
        const copies = round <= 0 ? each.copies : [each.copies[round % each.copies.length]]
        for (const copy of copies as Case['copies']) {
          signal.throwIfAborted()
          const sample = await takeSample(copy, round <= 0 ? warmUpSeconds : seconds)
          if (round > 0) each.result.samples.push(sample)
          const { running } = copy
          each.result.residentMiB = readTree(running.pid).residentBytes / 2 ** 20
          const name = round <= 0 ? 'warm-up' : `round ${round} of ${rounds}`
          const micros = sample.cpuMicros.toFixed(1)
          progress(`${name}: ${each.row.name}, ${running.name}: ${micros} µs per request`)
        }
      }
    }
    return cases.map(({ result }) => result)
  } finally {
    await Promise.all([...started.values()].map(running => running.stop()))
  }
}

// Each round begins with another server, and no server follows itself: it would find the cores' caches as it
// left them, and the others would not.
function rotate<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

async function prepare(
  options: MeasureOptions,
  started: Map<string, Running>,
  signal: AbortSignal,
): Promise<Case[]> {
  const { home, directory, photos, rows, isInstalled, progress } = options
  const [first] = photos
  if (first === undefined) throw new Error('there are no photos')
  const cases: Case[] = []
  for (const row of rows) {
    for (const name of row.servers.filter(isInstalled)) {
      const copies = []
      for (let copy = 1; copy <= (name === 'gate' ? (row.gateCopies ?? 1) : 1); copy++) {
        signal.throwIfAborted()
        const key = `${name} ${row.setting.name} ${copy}`
        let running = started.get(key)
        if (running === undefined) {
          const begunMs = performance.now()
          // A cookie is admitted in every setting.
          const cookie = `LtpaToken2=${row.tokens?.()[0] ?? 'probe'}`
          const probe = { path: first.path, headers: { cookie } }
          const place = join(home, key.replaceAll(' ', '-'))
          running = await startServer(name, row.setting, { home: place, photos: directory, probe })
          started.set(key, running)
          progress(`started ${key} in ${Math.round(performance.now() - begunMs)} ms`)
        }
        copies.push({ row, running, requests: await buildRequests(row, running, { home, photos }) })
      }
      const result = { row: row.name, server: name, samples: [], residentMiB: 0 }
      cases.push({ row, copies, result })
    }
  }
  return cases
}

async function takeSample(
  { row, running, requests }: Case['copies'][number],
  seconds: number,
): Promise<Sample> {
  const { pid, port, isTls } = running
  await requests.verify()
  const before = readTree(pid).cpuSeconds
  const load = await runWrk({
    port,
    isTls,
    requests: requests.file,
    seconds,
    people: row.people ?? 1,
  })
  const cpuSeconds = readTree(pid).cpuSeconds - before
  requests.verifyLoad(load)
  return {
    requestsPerSecond: load.requests / load.seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuMicros: (cpuSeconds / load.requests) * 1e6,
    cores: cpuSeconds / load.seconds,
  }
}
