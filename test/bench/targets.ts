// What the gate is held to.
import type { Result } from './measure.ts'
import type { Ratio } from './ratio.ts'
import { findResult, ratioOf } from './ratio.ts'
import type { ServerName } from './server.ts'

type Cell = readonly [row: string, server: ServerName]

interface Target {
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
    text: 'a photo, against Apache',
    measured: ['photo', 'gate'],
    against: ['photo', 'apache'],
    most: 0.5,
  },
  {
    text: 'a photo, against the floor',
    measured: ['photo', 'gate'],
    against: ['photo', 'floor'],
    most: 1.3,
  },
  {
    text: 'turned away, against Apache',
    measured: ['away', 'gate'],
    against: ['away', 'apache'],
    most: 0.7,
  },
  {
    text: '100,000 networks, against 10',
    measured: ['networks-100000', 'gate'],
    against: ['networks-10', 'gate'],
    most: 1.1,
  },
]

export function judgeTargets(results: readonly Result[]): JudgedTarget[] {
  return targets.map(({ text, measured, against, most }) => {
    const ratio = ratioOf(findResult(results, ...measured), findResult(results, ...against))
    return { text, most, ratio, isMet: ratio === undefined ? undefined : ratio.middle <= most }
  })
}
