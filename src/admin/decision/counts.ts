// Requests by rule and reason.
import type { AccessRecord, Reason } from '../../gate/access-record.ts'

/** The rule that admitted, `turned-away`, or null when no rule was asked. */
export type CountedRule = AccessRecord['rule']

export interface DecisionCounts {
  add(rule: CountedRule, reason: Reason, count?: number): void
  addAll(other: DecisionCounts): void
  /** In no order. */
  entries(): Iterable<readonly [rule: CountedRule, reason: Reason, count: number]>
}

// Names of rules come from configurations only; but each reload may bring others.
const maxRules = 1_000
// No rule can have this name. As in the metrics.
const furtherRules = '(other)'

export function buildDecisionCounts(): DecisionCounts {
  const byRule = new Map<CountedRule, Map<Reason, number>>()

  function open(rule: CountedRule): Map<Reason, number> {
    const name = byRule.size < maxRules ? rule : furtherRules
    const reasons = byRule.get(name) ?? new Map<Reason, number>()
    byRule.set(name, reasons)
    return reasons
  }

  // Two look-ups and no text: this runs for each request.
  function add(rule: CountedRule, reason: Reason, count = 1): void {
    const reasons = byRule.get(rule) ?? open(rule)
    reasons.set(reason, (reasons.get(reason) ?? 0) + count)
  }

  return {
    add,
    addAll: other => {
      for (const [rule, reason, count] of other.entries()) add(rule, reason, count)
    },
    *entries() {
      for (const [rule, reasons] of byRule) {
        for (const [reason, count] of reasons) yield [rule, reason, count] as const
      }
    },
  }
}
