// Metrics of requests for photos: decisions, times, tokens, guests.

import type { Reason } from '../../gate/access-record.ts'
import { turnedAwayRule } from '../../policy/policy.ts'
import { noRule, outcomes, reasons } from './ended-requests.ts'
import type { Metric, MetricSource, Sample } from './metric.ts'
import { samplesOf, single } from './metric.ts'
import { bucketSeconds } from './time-counts.ts'

export const requestMetrics: readonly Metric[] = [
  {
    name: 'photogate_requests_total',
    type: 'counter',
    help: 'Requests that have ended, those that are not HTTP too; exact, and one log line each',
    labels: {
      rule: `the rule that admits, \`turned-away\`, or \`${noRule}\` when no rule was asked`,
      reason:
        'as in the log: `found`, `missing`, `no-rule`, `over-budget`, `front-unproven`, `error` …',
    },
    read: readRequests,
  },
  {
    name: 'photogate_request_duration_seconds',
    type: 'histogram',
    help: 'From the head of a request to the end of its answer; floods of forged tokens are held back on purpose',
    labels: { outcome: '`admitted`, `turned-away` or `unjudged` (no rule was asked)' },
    read: readTimes,
  },
  {
    name: 'photogate_response_body_bytes_total',
    type: 'counter',
    help: 'Bytes of all bodies that were sent',
    read: ({ requests }) => single(requests.bytes),
  },
  {
    name: 'photogate_aborted_total',
    type: 'counter',
    help: 'Clients that left before they had the whole answer',
    read: ({ requests }) => single(requests.aborted),
  },
  {
    name: 'photogate_tokens_total',
    type: 'counter',
    help: 'Requests with an LTPA token that a rule asked for',
    labels: {
      result: '`verified`, or why it was refused: `expired`, `not-authentic`, `wrong-realm` …',
    },
    read: ({ requests }) => samplesOf('result', requests.tokens),
  },
  {
    name: 'photogate_passes_total',
    type: 'counter',
    help: 'Requests with a guest pass that a rule asked for',
    labels: { result: '`valid`, or why it was refused: `expired`, `not-authentic` …' },
    read: ({ requests }) => samplesOf('result', requests.passes),
  },
  {
    name: 'photogate_links_refused_total',
    type: 'counter',
    help: 'Requests with a signed link that was refused',
    labels: { reason: 'as in the log: `expired`, `cut`, `not-authentic` …' },
    read: ({ requests }) => samplesOf('reason', requests.linkRefusals),
  },
  {
    name: 'photogate_budget_alarms_total',
    type: 'counter',
    help: 'Times that the clients of a rule together asked for more people than its alarm allows',
    labels: { rule: 'the rule with the alarm' },
    read: source => ruleSamples(source, source.sources.guests.alarms),
  },
  {
    name: 'photogate_canary_requests_total',
    type: 'counter',
    help: 'Requests for a name that no directory shows: a client guesses names',
    labels: { rule: 'the rule that admitted the client' },
    read: source => ruleSamples(source, source.sources.guests.canaries),
  },
  {
    name: 'photogate_ledger_up',
    type: 'gauge',
    help: 'Whether the ledger of budgets can be asked: 1, or 0 when Redis does not answer',
    labels: { ledger: '`memory` or `redis`' },
    read: ({ sources: { ledger } }) => [
      { labels: { ledger: ledger.kind }, value: ledger.isUp ? 1 : 0 },
    ],
  },
  {
    name: 'photogate_ledger_outages_total',
    type: 'counter',
    help: 'Times that Redis went away',
    read: ({ sources }) => single(sources.ledger.outages),
  },
  {
    name: 'photogate_ledger_bridged_requests_total',
    type: 'counter',
    help: 'Requests that were counted without Redis, because it did not answer',
    read: ({ sources }) => single(sources.ledger.bridged),
  },
]

// What alerts and dashboards ask for is there from the first scrape on: to Prometheus, a series that begins with 1 has not
// increased.
const expected = {
  ofRules: ['found', 'missing', 'over-budget', 'error'],
  ofTurnedAway: ['no-rule', 'person-unknown', 'front-unproven', 'client-header-missing', 'error'],
  ofNoRule: ['bad-request', 'error'],
} as const satisfies Record<string, readonly Reason[]>

function readRequests({ requests, sources }: MetricSource): Sample[] {
  const { rules } = sources.live.current.settings.policy
  const zeros = [
    ...rules.flatMap(({ name }) => expected.ofRules.map(reason => [name, reason] as const)),
    ...expected.ofTurnedAway.map(reason => [turnedAwayRule, reason] as const),
    ...expected.ofNoRule.map(reason => [noRule, reason] as const),
  ]
  const counts = new Map<string, Sample>()
  const put = (rule: string, reason: Reason, value: number) =>
    void counts.set(`${rule} ${reason}`, { labels: { rule, reason }, value })
  for (const [rule, reason] of zeros) put(rule, reason, 0)
  for (const [rule, row] of requests.byRule) {
    for (const [at, reason] of reasons.entries()) {
      const value = row[at] as number
      if (value > 0) put(rule, reason, value)
    }
  }
  return [...counts.values()]
}

function readTimes({ requests }: MetricSource): Sample[] {
  return outcomes.flatMap(outcome => {
    const { buckets, sumSeconds } = requests.times[outcome]
    let count = 0
    const cumulated = Array.from(buckets, (value, at) => {
      count += value
      const le = bucketSeconds[at] === undefined ? '+Inf' : String(bucketSeconds[at])
      return { labels: { le, outcome }, value: count, suffix: '_bucket' }
    })
    return [
      ...cumulated,
      { labels: { outcome }, value: sumSeconds, suffix: '_sum' },
      { labels: { outcome }, value: count, suffix: '_count' },
    ]
  })
}

function ruleSamples({ sources }: MetricSource, counts: ReadonlyMap<string, number>): Sample[] {
  const { rules } = sources.live.current.settings.policy
  const counting = rules.filter(({ alarm, budget }) => (alarm ?? budget) !== undefined)
  const all = new Map([...counting.map(({ name }) => [name, 0] as const), ...counts])
  return samplesOf('rule', all)
}
