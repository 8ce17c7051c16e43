// The targets of the gate.
import type { Result } from './measure.ts'
import type { Ratio } from './ratio.ts'
import { findResult, ratioOf } from './ratio.ts'
import type { ServerName } from './server.ts'

type Cell = readonly [row: string, server: ServerName]

interface Target {
  /** The CPU per request of the one over that of the other. */
  readonly text: string
  readonly measured: Cell
  readonly against: Cell
  /** Of the CPU per request. */
  readonly most: number
}

export interface JudgedTarget {
  readonly text: string
  readonly most: number
  /** Undefined: not measured this time. */
  readonly ratio: Ratio | undefined
  readonly isMet: boolean | undefined
}

const targets: readonly Target[] = [
  {
    text: 'CPU of a photo, against Apache',
    measured: ['photo', 'gate'],
    against: ['photo', 'apache'],
    most: 0.5,
  },
  {
    text: 'CPU of a photo, against the floor',
    measured: ['photo', 'gate'],
    against: ['photo', 'floor'],
    most: 1.3,
  },
  {
    text: 'CPU of a photo over TLS, against Apache',
    measured: ['tls', 'gate'],
    against: ['tls', 'apache'],
    most: 0.5,
  },
  {
    text: 'CPU of a photo over TLS, against plain HTTP',
    measured: ['tls', 'gate'],
    against: ['http', 'gate'],
    most: 2,
  },
  {
    text: 'CPU of turned away, against Apache',
    measured: ['away', 'gate'],
    against: ['away', 'apache'],
    most: 0.7,
  },
  {
    text: 'CPU of a photo by a verified token, against one only looked for',
    measured: ['verified', 'gate'],
    against: ['presence', 'gate'],
    most: 1.1,
  },
  {
    text: 'the same, over connections that everybody shares',
    measured: ['verified-front', 'gate'],
    against: ['presence-front', 'gate'],
    most: 1.1,
  },
  {
    text: 'CPU of 100,000 networks, against 10',
    measured: ['networks-100000', 'gate'],
    against: ['networks-10', 'gate'],
    most: 1.1,
  },
]

/** Measurements apart from the rows. Undefined: not measured this time. */
export interface FurtherRatios {
  readonly verification: Ratio | undefined
  readonly flood: Ratio | undefined
  readonly floodElsewhere: Ratio | undefined
  /** A number of people, not a ratio. */
  readonly lockedOut: Ratio | undefined
  readonly pipeline: Ratio | undefined
  readonly pipelineGrowth: Ratio | undefined
  readonly budget: Ratio | undefined
  /** The longest pause in milliseconds, not a ratio. */
  readonly clientsPause: Ratio | undefined
  /** What a ledger in Redis adds, in microseconds, not a ratio. */
  readonly ledgerWait: Ratio | undefined
  readonly ledgerCpu: Ratio | undefined
  readonly handshakesNginx: Ratio | undefined
  readonly handshakesApache: Ratio | undefined
  readonly idleHandshakes: Ratio | undefined
  readonly handshakeFlood: Ratio | undefined
  readonly supply: Ratio | undefined
  readonly beside: Ratio | undefined
  /** The longest turn in milliseconds, not a ratio. */
  readonly swap: Ratio | undefined
  readonly watchedP99: Ratio | undefined
  readonly watchedCpu: Ratio | undefined
  /** A number of requests, not a ratio. */
  readonly inexact: Ratio | undefined
}

export function judgeTargets(results: readonly Result[], further: FurtherRatios): JudgedTarget[] {
  const judge = (text: string, most: number, ratio: Ratio | undefined): JudgedTarget => ({
    ...{ text, most, ratio },
    isMet: ratio === undefined ? undefined : ratio.middle <= most,
  })
  return [
    ...targets.map(({ text, measured, against, most }) =>
      judge(text, most, ratioOf(findResult(results, ...measured), findResult(results, ...against))),
    ),
    // 30,000 a second where the plain loop does 45,000.
    judge('CPU of a first-time verification, against a plain loop', 1.5, further.verification),
    judge('p99 of others beside 10,000 forged tokens/s, against alone', 2, further.flood),
    judge('the same, against the flood sent to another program', 2, further.floodElsewhere),
    judge('of 40 new good tokens, those kept out for 3 s beside forged ones', 2, further.lockedOut),
    judge('p99 of others beside pipelined requests, against nginx', 2, further.pipeline),
    judge('memory beside pipelined requests, against 50 MiB more', 1, further.pipelineGrowth),
    judge('CPU of a photo with a budget in memory, against one without', 1.05, further.budget),
    judge('longest pause in ms while a million clients come', 20, further.clientsPause),
    judge('µs that a ledger in Redis adds at 2,000 requests/s: p50', 300, further.ledgerWait),
    judge('the same: CPU of the gate', 60, further.ledgerCpu),
    judge('CPU of a TLS handshake, against nginx', 2, further.handshakesNginx),
    judge('the same, against Apache', 2, further.handshakesApache),
    judge('p99 of others beside 10,000 idle handshakes, against alone', 2, further.idleHandshakes),
    judge('p99 of others beside a flood of handshakes, against alone', 2, further.handshakeFlood),
    judge('CPU of a first import, against the decoder alone', 1.2, further.supply),
    judge('p99 of others beside an import, against without', 2, further.beside),
    judge('longest turn in ms while 200,000 photos are swapped', 50, further.swap),
    judge('p99 beside five clients of the admin page, against none', 1.3, further.watchedP99),
    judge('the same: CPU of a photo', 1.3, further.watchedCpu),
    judge('requests that log and metrics count differently', 0, further.inexact),
  ]
}
