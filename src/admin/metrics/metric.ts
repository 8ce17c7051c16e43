// One metric: its name and what it is for, once, for /metrics and for the reference (deploy/docs/metrics.md).
import type { AdminTools } from '../admin.ts'
import type { ShadowFacts } from '../shadow/shadow-report.ts'
import type { EndedRequests } from './ended-requests.ts'

export interface MetricSource extends AdminTools {
  readonly requests: EndedRequests
  /** Milliseconds since the epoch: when an import last wrote its journal. Undefined: not known. */
  readonly journalMs: number | undefined
  /** Undefined: nothing is judged by a next configuration. */
  readonly shadow: ShadowFacts | undefined
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
  /** Behind the metric's name: `_bucket`, `_sum`, `_count` of histograms. */
  readonly suffix?: string
}

export interface Metric {
  /** By the conventions of Prometheus: the base unit behind it, `_total` for counters. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One sentence without a full stop. */
  readonly help: string
  /** The names of its labels, each with what it may say. All are from closed lists or from the configuration. */
  readonly labels?: Readonly<Record<string, string>>
  /** Read when somebody asks. Empty: there is nothing to say now. */
  read(source: MetricSource): readonly Sample[]
}

/** One sample without labels; none when the value is not known. */
export function single(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }]
}

/** One sample for each entry. */
export function samplesOf(label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return Array.from(counts, ([key, value]) => ({ labels: { [label]: key }, value }))
}

/** Time stamps in seconds, as Prometheus takes them: `time() - x` is an age. */
export function secondsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1_000
}
