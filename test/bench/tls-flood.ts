// What others notice when one client attacks with handshakes: their p99 over connections that are open, alone, beside
// 10,000 handshakes that are never ended, and beside a client that begins full handshakes as fast as it can; at the gate,
// and at nginx, which bounds neither.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runAttacker } from './attacker.ts'
import type { HandshakeBenchOptions } from './handshakes.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf, overTls } from './rows.ts'
import type { Running } from './running.ts'
import { startServer } from './running.ts'
import type { ServerName } from './server.ts'
import { servers } from './servers.ts'
import type { ShakerLoad } from './shaker.ts'
import { runWrk } from './wrk.ts'

type AttackName = 'idle' | 'handshakes'
const attacks: readonly AttackName[] = ['idle', 'handshakes']
const titles: Record<AttackName, string> = {
  idle: 'beside 10,000 handshakes that are never ended',
  handshakes: 'beside a client that begins handshakes as fast as it can',
}

export interface TlsFloodRound {
  readonly aloneMs: number
  readonly besideMs: Record<AttackName, number>
  /** Connections that were open, and handshakes a second. */
  readonly reached: Record<AttackName, number>
}

export type TlsFloodRounds = ReadonlyMap<ServerName, readonly TlsFloodRound[]>

const others = { connections: 20, delayMs: 4 }
const idleCount = 10_000
const lines = 40
// Until the flood is under way.
const leadMs = 1_000
// The gate cuts them off after 15 s.
const idleSeconds = 14

export async function measureTlsFlood(
  options: HandshakeBenchOptions,
  signal: AbortSignal,
): Promise<TlsFloodRounds> {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'tls-flood')
  mkdirSync(home)
  const requests = join(home, 'good.requests')
  const headers = { ...browser, cookie: cookieOf('probe') }
  writeFileSync(requests, photos.map(({ path }) => headOf(path, headers)).join(''))
  const probe = { path: photos[0]?.path ?? '', headers }
  const measured = new Map<ServerName, TlsFloodRound[]>()
  for (const name of (['gate', 'nginx'] as const).filter(options.isInstalled)) {
    const place = { home: join(home, name), photos: directory, probe }
    const running = await startServer(name, overTls, place)
    try {
      // Round 0 warms up.
      for (let round = 0; round <= rounds; round++) {
        signal.throwIfAborted()
        const result = await measureRound(running, { requests, seconds })
        if (round > 0) measured.set(name, [...(measured.get(name) ?? []), result])
        const { aloneMs, besideMs, reached } = result
        progress(
          `tls-flood, round ${round} of ${rounds}: ${name}: p99 ${aloneMs.toFixed(2)} ms alone, ${attacks.map(attack => `${besideMs[attack].toFixed(2)} ${titles[attack]} (${Math.round(reached[attack])})`).join(', ')}`,
        )
      }
    } finally {
      await running.stop()
    }
  }
  return measured
}

async function measureRound(
  { port }: Running,
  { requests, seconds }: { readonly requests: string; readonly seconds: number },
): Promise<TlsFloodRound> {
  const askGood = async () => {
    const load = await runWrk({ port, isTls: true, requests, seconds, pace: others })
    if (load.errors !== '') throw new Error(`errors in a load: ${load.errors}`)
    return load.p99Ms
  }
  const aloneMs = await askGood()
  const [besideMs, reached] = [
    { idle: 0, handshakes: 0 },
    { idle: 0, handshakes: 0 },
  ]
  const idle = await openIdle(port)
  besideMs.idle = await askGood()
  reached.idle = idleCount
  await idle.stop()
  const [beside, load] = await Promise.all([
    delay(leadMs).then(askGood),
    runAttacker<ShakerLoad>('shaker.ts', [
      ...[port, 'handshakes', lines, seconds + leadMs / 1000 + 1],
    ]),
  ])
  besideMs.handshakes = beside
  reached.handshakes = load.count / load.seconds
  return { aloneMs, besideMs, reached }
}

/** Resolves when all connections are open: they are measured while they wait, not while they come. */
async function openIdle(port: number): Promise<{ stop(): Promise<void> }> {
  const file = join(import.meta.dirname, 'shaker.ts')
  const args = [port, 'idle', idleCount, idleSeconds].map(String)
  const child = spawn(process.execPath, [...process.execArgv, file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stderr, 'data'), ended])
  if (child.exitCode !== null) throw new Error('the client of idle handshakes has ended')
  return {
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The others' p99 at the gate, beside the attack over alone. */
export function ratioOfTlsFlood(rounds: TlsFloodRounds, attack: AttackName): Ratio | undefined {
  const ratios = (rounds.get('gate') ?? []).map(
    ({ aloneMs, besideMs }) => besideMs[attack] / aloneMs,
  )
  if (ratios.length === 0) return undefined
  return ratioOfRounds(ratios)
}

export function formatTlsFlood(rounds: TlsFloodRounds): string {
  const rows = [...rounds].flatMap(([name, list]) => {
    const { title } = servers[name]
    const middle = (read: (round: TlsFloodRound) => number) => median(list.map(read))
    const alone = middle(({ aloneMs }) => aloneMs)
    return [
      `| ${title} | alone | ${alone.toFixed(2)} | – |`,
      ...attacks.map(attack => {
        const p99 = middle(({ besideMs }) => besideMs[attack]).toFixed(2)
        const count = Math.round(middle(({ reached }) => reached[attack])).toLocaleString('en')
        return `| ${title} | ${titles[attack]} | ${p99} | ${count}${attack === 'idle' ? ' open' : '/s'} |`
      }),
    ]
  })
  return `Latency of others, over connections of TLS that are open:

| server | load | p99 ms | attack |
| --- | --- | ---: | ---: |
${rows.join('\n')}
`
}
