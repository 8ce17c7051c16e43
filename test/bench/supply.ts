// The cost of an import: the first of many photos beside the decoder alone, the next when nothing has changed,
// and what people who look at photos notice during one.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf } from './rows.ts'
import { startServer } from './running.ts'
import { runWrk } from './wrk.ts'

/** What a process that has ended has used. */
interface Use {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly maxMiB: number
}

export interface SupplyMeasurement {
  /** The number of photos in a round. */
  readonly few: number
  readonly rounds: readonly { readonly first: Use; readonly alone: Use }[]
  /** The number of photos in the large import. */
  readonly many: number
  readonly first: Use
  readonly rerun: Use
  /** The p99 of people who look at photos, in milliseconds, alone and beside an import. */
  readonly beside: readonly { readonly aloneMs: number; readonly besideMs: number }[]
}

export interface SupplyOptions {
  readonly home: string
  readonly rounds: number
  readonly seconds: number
  readonly few: number
  readonly many: number
  progress(text: string): void
}

const fit = { maxPixels: 320, quality: 82 }
// Different pictures. More files differ by a comment only, and cost as much to decode.
const pictures = 300
// People who look at photos at once, each resting for delayMs on average.
const others = { connections: 20, delayMs: 4 }
const asked = 2_000
const restMs = 3_000

export async function measureSupply(
  options: SupplyOptions,
  signal: AbortSignal,
): Promise<SupplyMeasurement> {
  const { rounds, few, many, progress } = options
  const home = join(options.home, 'supply')
  mkdirSync(home)
  progress(`supply: drawing ${many.toLocaleString('en')} pictures`)
  const drawn = await drawPictures()
  const small = writeDrop(home, few, drawn)
  await delay(restMs)
  const results: { first: Use; alone: Use }[] = []
  for (let round = 0; round <= rounds; round++) {
    signal.throwIfAborted()
    const first = await runImport(small, round)
    const alone = await runAlone(small)
    // Round 0 warms up.
    if (round > 0) results.push({ first, alone })
    progress(
      `supply, round ${round} of ${rounds}: ${perPhoto(first, few)} CPU ms a photo, ${perPhoto(alone, few)} the decoder alone`,
    )
  }
  const large = writeDrop(home, many, drawn)
  // A file that was written just now may change again unnoticed, so an import would read it twice.
  await delay(restMs)
  const first = await runImport(large, 0)
  progress(`supply: ${many} photos in ${first.seconds.toFixed(0)} s`)
  const rerun = await runImport(large, 0)
  progress(
    `supply: the same again in ${rerun.seconds.toFixed(1)} s, ${rerun.maxMiB.toFixed(0)} MiB`,
  )
  const beside = await measureBeside(large, options, signal)
  rmSync(home, { recursive: true, force: true })
  return { few, rounds: results, many, first, rerun, beside }
}

export function ratioOfSupply({ rounds }: SupplyMeasurement): Ratio {
  return asRatio(rounds.map(({ first, alone }) => first.cpuSeconds / alone.cpuSeconds))
}

export function ratioOfBeside({ beside }: SupplyMeasurement): Ratio {
  return asRatio(beside.map(({ aloneMs, besideMs }) => besideMs / aloneMs))
}

export function formatSupply(measured: SupplyMeasurement): string {
  const { rounds, few, many, first, rerun, beside } = measured
  const perSecond = (use: Use, photos: number) =>
    Math.round(photos / use.cpuSeconds).toLocaleString('en')
  const wall = asRatio(rounds.map(({ first: own, alone }) => own.seconds / alone.seconds))
  const middle = (pick: (round: (typeof rounds)[0]) => Use) =>
    perSecond({ ...first, cpuSeconds: median(rounds.map(round => pick(round).cpuSeconds)) }, few)
  const p99 = (key: 'aloneMs' | 'besideMs') => median(beside.map(round => round[key])).toFixed(2)
  return `| import | photos/s per core | s | MiB at most |
| --- | ---: | ---: | ---: |
| ${few.toLocaleString('en')} photos, first time (median) | ${middle(({ first: own }) => own)} | ${median(rounds.map(({ first: own }) => own.seconds)).toFixed(1)} | ${median(rounds.map(({ first: own }) => own.maxMiB)).toFixed(0)} |
| the decoder alone, the same | ${middle(({ alone }) => alone)} | ${median(rounds.map(({ alone }) => alone.seconds)).toFixed(1)} | ${median(rounds.map(({ alone }) => alone.maxMiB)).toFixed(0)} |
| ${many.toLocaleString('en')} photos, first time | ${perSecond(first, many)} | ${first.seconds.toFixed(0)} | ${first.maxMiB.toFixed(0)} |
| ${many.toLocaleString('en')} photos, nothing changed | ${perSecond(rerun, many)} | ${rerun.seconds.toFixed(1)} | ${rerun.maxMiB.toFixed(0)} |

By the clock a first import takes ${wall.middle.toFixed(2)} (${wall.least.toFixed(2)}–${wall.most.toFixed(2)}) of the decoder alone. People who look at photos meanwhile: p99 ${p99('aloneMs')} ms without an import, ${p99('besideMs')} ms beside one.
`
}

function asRatio(ratios: readonly number[]): Ratio {
  return ratioOfRounds(ratios)
}

async function drawPictures(): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: pictures }, (_, at) => {
      const side = 200 + ((at * 37) % 440)
      const noise = { type: 'gaussian', mean: 60 + ((at * 29) % 140), sigma: 25 } as const
      return sharp({
        create: {
          width: side,
          height: Math.round(side * 1.2),
          channels: 3,
          background: '#888',
          noise,
        },
      })
        .blur(2)
        .jpeg({ quality: 85 })
        .toBuffer()
    }),
  )
}

interface Drop {
  readonly folder: string
  /** The photo directory of the first import of a round, which is empty. */
  photosOf(round: number): string
  readonly config: string
}

function writeDrop(home: string, count: number, drawn: readonly Buffer[]): Drop {
  const folder = join(home, `drop-${count}`)
  const config = join(home, `supply-${count}.yaml`)
  mkdirSync(folder)
  for (let at = 0; at < count; at++) {
    const picture = drawn[at % drawn.length] as Buffer
    const text = Buffer.from(`${at}`.padStart(8, '0'))
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text])
    const bytes = Buffer.concat([picture.subarray(0, 2), comment, picture.subarray(2)])
    writeFileSync(join(folder, `person.number-${at}@acme.example.jpg`), bytes)
  }
  return { folder, config, photosOf: round => join(home, `photos-${count}-${round}`) }
}

function configOf(photos: string, folder: string, maxPixels: number): string {
  return `photos: { directory: ${JSON.stringify(photos)} }
supply: { fit: { maxPixels: ${maxPixels} }, sources: [{ folder: ${JSON.stringify(folder)} }] }
`
}

async function runImport({ photosOf, folder, config }: Drop, round: number): Promise<Use> {
  const photos = photosOf(round)
  mkdirSync(photos, { recursive: true })
  writeFileSync(config, configOf(photos, folder, fit.maxPixels))
  return runToEnd([process.execPath, 'dist/cli.js', 'import', '--config', config])
}

function runAlone({ folder }: Drop): Promise<Use> {
  const program = fileURLToPath(new URL('sharp-alone.ts', import.meta.url))
  const args = [folder, fit.maxPixels, fit.quality].map(String)
  // An import lowers its priority, so the program that it is compared with must do so too.
  return runToEnd(['nice', '-n', '19', process.execPath, ...process.execArgv, program, ...args])
}

/** @throws Error when it does not end well. */
async function runToEnd([command = '', ...args]: readonly string[]): Promise<Use> {
  const startedMs = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', chunk => {
    words += chunk
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  let use = { cpuSeconds: 0, maxMiB: 0 }
  const timer = setInterval(() => {
    use = readUse(child.pid ?? 0) ?? use
  }, 20)
  const code = await ended
  clearInterval(timer)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${words}`)
  return { ...use, seconds: (performance.now() - startedMs) / 1000 }
}

function readUse(pid: number) {
  try {
    const [, kilobytes] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    if (kilobytes === undefined) return undefined
    return { cpuSeconds: readTree(pid).cpuSeconds, maxMiB: Number(kilobytes) / 1024 }
  } catch {
    return undefined // It has ended meanwhile.
  }
}

async function measureBeside(
  { photosOf, folder, config }: Drop,
  { home, rounds, seconds, progress }: SupplyOptions,
  signal: AbortSignal,
) {
  const photos = photosOf(0)
  const paths = Array.from({ length: asked }, (_, at) => `/person.number-${at}@acme.example.jpg`)
  const cookie = cookieOf('x')
  const requests = join(home, 'supply', 'looking.requests')
  writeFileSync(requests, paths.map(path => headOf(path, { ...browser, cookie })).join(''))
  const probe = { path: paths[0] ?? '', headers: { cookie } }
  const setting = { name: 'supply', networks: [], cache: '256MiB' }
  const running = await startServer('gate', setting, {
    home: join(home, 'supply-gate'),
    photos,
    probe,
  })
  const look = () => runWrk({ port: running.port, requests, seconds, pace: others })
  const result: { aloneMs: number; besideMs: number }[] = []
  try {
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      const { p99Ms: aloneMs } = await look()
      // With another fit, every photo is made again and replaced while people look at it.
      writeFileSync(config, configOf(photos, folder, fit.maxPixels - 1 - round))
      const child = spawn(process.execPath, ['dist/cli.js', 'import', '--config', config], {
        stdio: 'ignore',
      })
      const ended = new Promise(resolve => child.on('close', resolve))
      await delay(3_000)
      const { p99Ms: besideMs, errors } = await look()
      if (child.exitCode !== null) throw new Error('the import ended before it was measured')
      child.kill('SIGTERM')
      await ended
      if (errors !== '') throw new Error(`errors in a load: ${errors}`)
      progress(
        `supply, round ${round} of ${rounds}: p99 ${aloneMs.toFixed(2)} ms alone, ${besideMs.toFixed(2)} beside an import`,
      )
      if (round > 0) result.push({ aloneMs, besideMs })
    }
  } finally {
    await running.stop()
  }
  return result
}

function perPhoto({ cpuSeconds }: Use, photos: number): string {
  return ((1000 * cpuSeconds) / photos).toFixed(2)
}
