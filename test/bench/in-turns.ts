// What a budget adds to a photo. Two servers differ by more than that from one second to the next on a machine with
// other work, so this is one gate whose configuration changes every 25 ms, and each 25 ms are compared with the next.
// The gate is a program of its own, with its folder as its argument; ends with its standard input, and then prints the
// samples as one line of JSON.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { formatProblem } from '../../src/config/document/problem.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { buildGate } from '../../src/gate/gate.ts'
import type { GateState } from '../../src/gate/state.ts'
import { buildGateState } from '../../src/gate/state.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import { openPhotoLibrary } from '../../src/photo/photo-library.ts'
import { root } from '../fixtures/root.ts'
import type { FloodOptions } from './flood.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf } from './rows.ts'
import { signInPage } from './server.ts'
import { runWrk } from './wrk.ts'

/** What is compared, by the keys of the rule. */
const rules = {
  plain: '',
  budget: ', budget: { people: 10000 }',
  alarm: ', budget: { people: 10000 }, alarm: { people: 100000 }',
} as const
type Name = keyof typeof rules
const names = Object.keys(rules) as Name[]

/** CPU time in microseconds per request; those at one place follow one another. */
export type TurnSamples = Readonly<Record<Name, readonly number[]>>

const turnMs = 25
const outdir = join(root, 'build/bench')
const program = join(outdir, 'in-turns.js')
const warmUpTurns = 120
// A turn with fewer requests than this says nothing.
const minRequests = 100

if (process.argv[1] === import.meta.filename) await serve(process.argv[2] ?? '')

async function serve(home: string): Promise<void> {
  const fault = (error: unknown) => process.stderr.write(`${error}\n`)
  const all = names.map(name => {
    const { settings, problems } = loadConfig({ file: join(home, `${name}.yaml`), env: {} })
    if (settings === undefined) throw new Error(problems.map(formatProblem).join('\n'))
    return settings
  })
  const [{ photos }] = all as [Settings]
  const library = openPhotoLibrary({
    ...photos,
    warn: (details, message) => fault(`${message} ${JSON.stringify(details)}`),
    info: () => {},
  })
  await library.scanned
  const ledger = buildMemoryLedger()
  const states = all.map(settings => buildGateState(settings, { library, ledger }))
  const live = { current: states[0] as GateState }
  const silent = { onDoubt: () => {}, onIgnoredHeader: () => {} }
  const gate = buildGate({
    ...{ live, sink: { write: () => true }, onFault: fault },
    ...{ ...silent, onAlarm: () => fault('an alarm'), onCanary: () => fault('a canary') },
  })
  await gate.listen({ host: '127.0.0.1', port: 0 })
  process.stdout.write(`${(gate.server.address() as AddressInfo).port}\n`)
  const samples = measureTurns(at => {
    live.current = states[at] as GateState
  }, gate.server)
  await once(process.stdin.resume(), 'end')
  process.stdout.write(`${JSON.stringify(samples)}\n`)
  process.exit()
}

function measureTurns(turnTo: (at: number) => void, server: NodeJS.EventEmitter): TurnSamples {
  const samples: Record<Name, number[]> = { plain: [], budget: [], alarm: [] }
  let requests = 0
  let turns = 0
  server.on('request', () => {
    requests++
  })
  let round: number[] = []
  let before = process.cpuUsage()
  setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    round.push(requests < minRequests ? Number.NaN : (user + system) / requests)
    if (round.length === names.length) {
      // Only rounds that are whole: each is compared within itself.
      if (turns > warmUpTurns && round.every(Number.isFinite))
        for (const [at, name] of names.entries()) samples[name].push(round[at] as number)
      round = []
    }
    turnTo(round.length)
    turns++
    requests = 0
    before = process.cpuUsage()
  }, turnMs)
  return samples
}

/** One sample of each round. */
export async function measureInTurns(
  options: FloodOptions,
  signal: AbortSignal,
): Promise<readonly TurnSamples[]> {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'in-turns')
  mkdirSync(home)
  for (const name of names) {
    const rule = `{ name: signed-in, cookie: LtpaToken2${rules[name]} }`
    const text = `listen: [{ host: 127.0.0.1, port: 0 }]\nphotos: { directory: ${JSON.stringify(directory)} }\nallow: [${rule}]\notherwise: { redirect: ${signInPage} }\n`
    writeFileSync(join(home, `${name}.yaml`), text)
  }
  const headers = { ...browser, cookie: cookieOf('x'.repeat(300)) }
  const requests = join(home, 'photos.requests')
  writeFileSync(requests, photos.map(({ path }) => headOf(path, headers)).join(''))
  await compile()
  const measured: TurnSamples[] = []
  for (let round = 1; round <= rounds; round++) {
    signal.throwIfAborted()
    const samples = await takeSamples(home, { requests, seconds })
    measured.push(samples)
    progress(`budgets in turns, round ${round} of ${rounds}: ${samples.plain.length} turns of each`)
  }
  return measured
}

// Below the checkout, where its packages are found. A thread cannot load TypeScript.
function compile() {
  return build({
    entryPoints: [import.meta.filename, join(root, 'src/photo/watch-worker.ts')],
    ...{ outdir, entryNames: '[name]', bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' },
  })
}

async function takeSamples(
  home: string,
  { requests, seconds }: { readonly requests: string; readonly seconds: number },
): Promise<TurnSamples> {
  const child = spawn(process.execPath, [program, home], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  try {
    const port = Number((await lines.next()).value)
    const load = await runWrk({ port, requests, seconds })
    if (load.errors !== '') throw new Error(`errors in a load: ${load.errors}`)
    child.stdin.end()
    return JSON.parse(`${(await lines.next()).value}`) as TurnSamples
  } finally {
    child.stdin.end()
    await ended
  }
}

/** CPU of a photo with the budget over one without: the median of the rounds' medians, and the range of those. */
export function ratioOfTurns(rounds: readonly TurnSamples[], name: Name): Ratio {
  const each = rounds.map(samples =>
    median(samples[name].map((micros, at) => micros / (samples.plain[at] as number))),
  )
  return ratioOfRounds(each)
}

export function formatTurns(rounds: readonly TurnSamples[]): string {
  const line = (title: string, name: Name) => {
    const micros = median(rounds.map(samples => median(samples[name])))
    const { middle, least, most } = ratioOfTurns(rounds, name)
    return `| ${title} | ${micros.toFixed(1)} | ${middle.toFixed(3)} (${least.toFixed(3)}–${most.toFixed(3)}) |\n`
  }
  return `| photo, by cookie, in turns of ${turnMs} ms | CPU µs/request | ÷ without (range over the rounds) |
| --- | ---: | ---: |
${line('without a budget', 'plain')}${line('with a budget', 'budget')}${line('with a budget and an alarm', 'alarm')}`
}
