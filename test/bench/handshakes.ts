// Full TLS handshakes: what one costs a server, and how many it makes while two clients on the same machine begin one
// after the other.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BenchPhoto } from './photos.ts'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { overTls } from './rows.ts'
import type { Running } from './running.ts'
import { startServer } from './running.ts'
import type { ServerName, Setting } from './server.ts'
import { servers } from './servers.ts'

export interface HandshakeSample {
  readonly perSecond: number
  /** Of the server's whole process tree, for one handshake. */
  readonly cpuMicros: number
}

/** One sample a round. The nth samples of all servers belong together. */
export type HandshakeSamples = ReadonlyMap<ServerName, readonly HandshakeSample[]>

export interface HandshakeBenchOptions {
  readonly home: string
  readonly directory: string
  readonly photos: readonly BenchPhoto[]
  readonly isInstalled: (name: ServerName) => boolean
  readonly rounds: number
  readonly seconds: number
  progress(text: string): void
}

const compared: readonly ServerName[] = ['gate', 'nginx', 'apache']
// A client that is no front would be slowed down, and that is another measurement (tls-flood.ts).
const setting: Setting = { ...overTls, name: 'handshakes', isBehindFront: true }
const clients = 2

export async function measureHandshakes(
  options: HandshakeBenchOptions,
  signal: AbortSignal,
): Promise<HandshakeSamples> {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'handshakes')
  mkdirSync(home)
  const probe = { path: photos[0]?.path ?? '', headers: { cookie: 'LtpaToken2=probe' } }
  const running: Running[] = []
  const samples = new Map<ServerName, HandshakeSample[]>()
  try {
    for (const name of compared.filter(options.isInstalled)) {
      const place = { home: join(home, name), photos: directory, probe }
      running.push(await startServer(name, setting, place))
    }
    // Round 0 warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const server of running) {
        signal.throwIfAborted()
        const sample = await takeSample(server, seconds)
        if (round > 0) samples.set(server.name, [...(samples.get(server.name) ?? []), sample])
        const { perSecond, cpuMicros } = sample
        progress(
          `handshakes, round ${round} of ${rounds}: ${server.name} ${Math.round(perSecond)}/s, ${Math.round(cpuMicros)} µs each`,
        )
      }
    }
  } finally {
    await Promise.all(running.map(server => server.stop()))
  }
  return samples
}

async function takeSample({ pid, port }: Running, seconds: number): Promise<HandshakeSample> {
  const before = readTree(pid).cpuSeconds
  const counts = await Promise.all(Array.from({ length: clients }, () => shakeHands(port, seconds)))
  const count = counts.reduce((sum, one) => sum + one, 0)
  const cpuSeconds = readTree(pid).cpuSeconds - before
  return { perSecond: count / seconds, cpuMicros: (cpuSeconds / count) * 1e6 }
}

/** Full handshakes by openssl, one after the other. */
async function shakeHands(port: number, seconds: number): Promise<number> {
  const { stdout } = await promisify(execFile)('openssl', [
    ...['s_time', '-connect', `127.0.0.1:${port}`, '-new', '-time', String(seconds)],
  ])
  const [, count] = /(\d+) connections in \d+ real seconds/.exec(stdout) ?? []
  if (count === undefined || count === '0') throw new Error(`openssl s_time says: ${stdout}`)
  return Number(count)
}

/** The gate's CPU for a handshake over that of another. */
export function ratioOfHandshakes(samples: HandshakeSamples, other: ServerName): Ratio | undefined {
  const [own = [], others] = [samples.get('gate'), samples.get(other)]
  if (others === undefined) return undefined
  const ratios = own.map(
    ({ cpuMicros }, round) => cpuMicros / (others[round] as HandshakeSample).cpuMicros,
  )
  return ratioOfRounds(ratios)
}

export function formatHandshakes(samples: HandshakeSamples): string {
  const rows = [...samples].map(([name, list]) => {
    const middle = (key: keyof HandshakeSample) => median(list.map(sample => sample[key]))
    return `| ${servers[name].title} | ${Math.round(middle('perSecond')).toLocaleString('en')} | ${Math.round(middle('cpuMicros'))} |`
  })
  return `Full handshakes of TLS 1.3 with an RSA key of 2,048 bits, two clients on the same machine:

| server | handshakes/s | CPU µs each |
| --- | ---: | ---: |
${rows.join('\n')}
`
}
