// Metrics of the next configuration (`shadow`), which judges along without effect. They begin anew with each configuration
// that is applied, as counters do at a restart.
import type { Metric, MetricSource, Sample } from './metric.ts'
import { single } from './metric.ts'

const nobody = 'turned-away'

export const shadowMetrics: readonly Metric[] = [
  {
    name: 'photogate_shadow_judged_total',
    type: 'counter',
    help: 'Requests that both configurations have judged since one of them was read last; nothing without a next one that can be used',
    read: ({ shadow }) => single(shadow?.judged),
  },
  {
    name: 'photogate_shadow_requests_total',
    type: 'counter',
    help: 'Requests of these that the next configuration would decide otherwise',
    labels: {
      change: '`newly-admitted`, `newly-turned-away` or `other-rule`',
      rule: 'the rule that admits now, or `turned-away`',
      next: 'the rule that would admit, or `turned-away`',
    },
    read: readChanges,
  },
  {
    name: 'photogate_shadow_faults_total',
    type: 'counter',
    help: 'Requests that could not be judged by the next configuration, because of a fault of the program',
    read: ({ shadow }) => single(shadow?.faults),
  },
]

// One series for each pair of rules: the facts also tell the reasons apart.
function readChanges({ shadow }: MetricSource): Sample[] {
  const samples = new Map<string, { labels: Record<string, string>; value: number }>()
  for (const { change, rule, nextRule, count } of shadow?.counts ?? []) {
    const labels = { change, rule: rule ?? nobody, next: nextRule ?? nobody }
    const key = Object.values(labels).join(' ')
    const known = samples.get(key) ?? { labels, value: 0 }
    known.value += count
    samples.set(key, known)
  }
  return [...samples.values()]
}
