// What other clients notice of connections that pipeline requests without end and without credentials, at the gate and
// at nginx under the same attack: the p99 of people who are signed in, and how much memory the gate takes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runAttacker } from './attacker.ts'
import type { FloodOptions } from './flood.ts'
import type { Manner, PipelineLoad } from './pipeliner.ts'
import { readTree } from './process-tree.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { headOf } from './requests.ts'
import { browser, cookieOf, post } from './rows.ts'
import type { Running } from './running.ts'
import { startServer } from './running.ts'
import { runWrk } from './wrk.ts'

export interface Attack {
  /** 0: no attack. */
  readonly connections: number
  readonly manner: Manner
}

/** One server under one attack. */
export interface PipelineSample {
  /** The others' p99. */
  readonly p99Ms: number
  /** The server's largest memory during the attack, less that before it. */
  readonly growthMiB: number
  /** Requests a second that the attacker could send. */
  readonly perSecond: number
}

export interface PipelineResult {
  readonly attack: Attack
  /** One sample a round. The nth samples of both servers belong together. */
  readonly gate: readonly PipelineSample[]
  readonly nginx: readonly PipelineSample[]
}

type Name = 'gate' | 'nginx'
const names: readonly Name[] = ['gate', 'nginx']
const others = { connections: 20, delayMs: 4 }
const attacks: readonly Attack[] = [
  { connections: 0, manner: 'reads' },
  ...(['reads', 'ignores'] as const).flatMap(manner =>
    [1, 10, 60].map(connections => ({ connections, manner })),
  ),
]
const leadMs = 1_000
const requestBytes = 28
const mebibyte = 2 ** 20

export async function measurePipelines(options: FloodOptions, signal: AbortSignal) {
  const { directory, photos, rounds, seconds, progress } = options
  const home = join(options.home, 'pipeline')
  mkdirSync(home)
  const headers = { ...browser, cookie: cookieOf('x'.repeat(300)) }
  const requests = join(home, 'good.requests')
  writeFileSync(requests, photos.map(({ path }) => headOf(path, headers)).join(''))
  const probe = { path: photos[0]?.path ?? '', headers }
  const running: Running[] = []
  const results = attacks.map(attack => ({
    attack,
    gate: [] as PipelineSample[],
    nginx: [] as PipelineSample[],
  }))
  try {
    for (const name of names) {
      running.push(
        await startServer(name, post, { home: join(home, name), photos: directory, probe }),
      )
    }
    for (let round = 0; round <= rounds; round++) {
      for (const result of results) {
        for (const server of running) {
          signal.throwIfAborted()
          const sample = await takeSample(server, result.attack, { requests, seconds })
          // Round 0 warms up.
          if (round > 0) result[server.name as Name].push(sample)
          progress(
            `pipeline, round ${round} of ${rounds}: ${server.name}, ${titleOf(result.attack)}: p99 ${sample.p99Ms.toFixed(2)} ms, +${sample.growthMiB.toFixed(0)} MiB, ${Math.round(sample.perSecond)}/s sent`,
          )
        }
      }
    }
  } finally {
    await Promise.all(running.map(server => server.stop()))
  }
  return results as readonly PipelineResult[]
}

async function takeSample(
  { port, pid }: Running,
  { connections, manner }: Attack,
  { requests, seconds }: { readonly requests: string; readonly seconds: number },
): Promise<PipelineSample> {
  const before = readTree(pid).residentBytes
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, readTree(pid).residentBytes)
  }, 100)
  const attacking =
    connections === 0
      ? undefined
      : runAttacker<PipelineLoad>('pipeliner.ts', [
          ...[port, connections, seconds + (2 * leadMs) / 1_000, manner],
        ])
  try {
    await delay(leadMs)
    const load = await runWrk({ port, requests, seconds, pace: others })
    if (load.errors !== '') throw new Error(`errors in a load: ${load.errors}`)
    const attack = await attacking
    return {
      // No request was answered: all waited to the end.
      p99Ms: load.requests === 0 ? seconds * 1_000 : load.p99Ms,
      growthMiB: (most - before) / mebibyte,
      perSecond: attack === undefined ? 0 : attack.sentBytes / requestBytes / attack.seconds,
    }
  } finally {
    clearInterval(timer)
    await attacking
  }
}

function titleOf({ connections, manner }: Attack): string {
  if (connections === 0) return 'alone'
  const clients = connections === 1 ? 'one connection' : `${connections} connections`
  return `beside ${clients} that ${manner === 'reads' ? 'read' : 'do not read'}`
}

/** The p99 at the gate over the p99 at nginx, for the attack with the worst ratio. */
export function ratioOfPipelines(results: readonly PipelineResult[]): Ratio {
  const ratios = results
    .filter(({ attack }) => attack.connections > 0)
    .map(({ gate, nginx }) => {
      const each = gate.map(({ p99Ms }, round) => p99Ms / (nginx[round] as PipelineSample).p99Ms)
      return ratioOfRounds(each)
    })
  return ratios.reduce((worst, ratio) => (ratio.middle > worst.middle ? ratio : worst))
}

/** The gate's largest growth, in units of the 50 MiB that are allowed. */
export function growthOfPipelines(results: readonly PipelineResult[]): Ratio {
  const growths = results.flatMap(({ gate }) => gate.map(({ growthMiB }) => growthMiB / 50))
  return { middle: Math.max(...growths), least: Math.min(...growths), most: Math.max(...growths) }
}

export function formatPipelines(results: readonly PipelineResult[]): string {
  const lines = results.map(({ attack, gate, nginx }) => {
    const middle = (samples: readonly PipelineSample[], key: keyof PipelineSample) =>
      median(samples.map(sample => sample[key]))
    const growth = Math.max(...gate.map(({ growthMiB }) => growthMiB))
    const rate = (samples: readonly PipelineSample[]) =>
      Math.round(middle(samples, 'perSecond')).toLocaleString('en')
    return `| ${titleOf(attack)} | ${middle(gate, 'p99Ms').toFixed(2)} | ${middle(nginx, 'p99Ms').toFixed(2)} | ${growth.toFixed(0)} | ${rate(gate)} | ${rate(nginx)} |\n`
  })
  return `| people who are signed in, ${others.connections} connections | their p99 ms: photogate | nginx | photogate's memory grew by MiB at most | requests/s sent to photogate | to nginx |
| --- | ---: | ---: | ---: | ---: | ---: |
${lines.join('')}`
}
