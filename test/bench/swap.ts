// What requests notice when a folder of photos is swapped as a whole: the longest turn of the gate's event loop
// from the renames until everything new is served.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'

export interface SwapMeasurement {
  readonly photos: number
  readonly rounds: readonly SwapRound[]
}

interface SwapRound {
  /** The longest turn in milliseconds, and that of an idle period before. */
  readonly maxMs: number
  readonly idleMs: number
  /** The time until all photos were served. */
  readonly seconds: number
}

export interface SwapOptions {
  readonly home: string
  readonly photos: number
  readonly rounds: number
  progress(text: string): void
}

// In the gate's own thread, asked by IPC.
const probe = `import { monitorEventLoopDelay } from 'node:perf_hooks'
const histogram = monitorEventLoopDelay({ resolution: 1 })
histogram.enable()
process.on('message', () => {
  process.send(histogram.max / 1e6)
  histogram.reset()
})`

const lookMs = 200
const idleWaitMs = 5_000

export async function measureSwap(options: SwapOptions): Promise<SwapMeasurement> {
  const { photos, rounds, progress } = options
  const home = join(options.home, 'swap')
  mkdirSync(home)
  const directory = join(home, 'photos')
  const other = join(home, 'other')
  progress(`swap: writing two folders of ${photos.toLocaleString('en')} photos`)
  writeFolder(directory, 'a', photos)
  writeFolder(other, 'b', photos)
  const file = join(home, 'photogate.yaml')
  writeFileSync(
    file,
    'listen: [{ host: 127.0.0.1, port: 0 }]\nphotos: { directory: photos }\nallow: [{ name: all, from: 127.0.0.1 }]\n',
  )
  const gate = await startProbedGate(file)
  const measured: SwapRound[] = []
  try {
    let now = 'a'
    await waitFor(gate.port, now, photos)
    for (let round = 0; round < rounds; round++) {
      progress(`swap: round ${round + 1} of ${rounds}`)
      await gate.maxTurn()
      await delay(idleWaitMs)
      const idleMs = await gate.maxTurn()
      const startedMs = performance.now()
      const next = now === 'a' ? 'b' : 'a'
      renameSync(directory, join(home, 'away'))
      renameSync(other, directory)
      renameSync(join(home, 'away'), other)
      await waitFor(gate.port, next, photos)
      const seconds = (performance.now() - startedMs) / 1_000
      measured.push({ maxMs: await gate.maxTurn(), idleMs, seconds })
      now = next
    }
  } finally {
    await gate.stop()
    rmSync(home, { recursive: true, force: true })
  }
  return { photos, rounds: measured }
}

/** In milliseconds. */
export function maxOfSwap({ rounds }: SwapMeasurement): Ratio {
  const turns = rounds.map(({ maxMs }) => maxMs)
  return ratioOfRounds(turns)
}

export function formatSwap(measurement: SwapMeasurement): string {
  const { middle, least, most } = maxOfSwap(measurement)
  const seconds = median(measurement.rounds.map(round => round.seconds))
  const idle = median(measurement.rounds.map(round => round.idleMs))
  const photos = measurement.photos.toLocaleString('en')
  return `| ${photos} photos swapped for others | ms |
| --- | ---: |
| longest turn of the gate's event loop | ${middle.toFixed(0)} (${least.toFixed(0)}–${most.toFixed(0)}) |
| the same while nothing is swapped | ${idle.toFixed(0)} |
| until all are served | ${(seconds * 1_000).toFixed(0)} |
`
}

function writeFolder(directory: string, prefix: string, photos: number): void {
  mkdirSync(directory)
  const bytes = jpegOf(prefix)
  for (let at = 0; at < photos; at++)
    writeFileSync(join(directory, `${prefix}${at}@acme.example.jpg`), bytes)
}

async function startProbedGate(file: string) {
  const log = join(file, '..', 'stdout.log')
  const args = ['--import', `data:text/javascript,${encodeURIComponent(probe)}`, 'dist/cli.js']
  const child = spawn(process.execPath, [...args, 'serve', file], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  child.stdout?.on('data', (bytes: Buffer) => writeFileSync(log, bytes, { flag: 'a' }))
  const ended = new Promise(resolve => child.on('exit', resolve))
  let port: number | undefined
  while (port === undefined && child.exitCode === null) {
    await delay(lookMs)
    const text = readText(log)
    port =
      Number(/"urls":\["http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? Number.NaN) || undefined
  }
  if (port === undefined) throw new Error(`the gate does not start: ${readText(log)}`)
  return {
    port,
    maxTurn: () =>
      new Promise<number>(resolve => {
        child.once('message', resolve as (value: unknown) => void)
        child.send('turn')
      }),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

// All photos are served when the first, the last and some others are, because the order of a listing is unknown.
async function waitFor(port: number, prefix: string, photos: number): Promise<void> {
  const some = Array.from({ length: 50 }, (_, at) => Math.floor((at * (photos - 1)) / 49))
  const isServed = async () => {
    for (const at of some)
      if ((await ask(port, `/${prefix}${at}@acme.example.jpg`)).status !== 200) return false
    return (await ask(port, '/-/readyz')).status === 200
  }
  while (!(await isServed())) await delay(lookMs)
}
