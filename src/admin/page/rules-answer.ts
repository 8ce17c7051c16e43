// The rules with what they ask for and how often they admitted; a rule that never did may be wrong, or not needed.
import type { Otherwise, Settings } from '../../config/settings.ts'
import type { History, HistorySpan } from '../decision/history.ts'
import { spanNames } from '../decision/history.ts'
import type { RulesAnswer } from './answers.ts'

export function answerRules(
  history: History,
  { policy, otherwise }: Settings,
  { nowMs, startedMs }: { readonly nowMs: number; readonly startedMs: number },
): RulesAnswer {
  const hits = Object.fromEntries(
    spanNames.map(span => [span, hitsIn(history, span, nowMs)]),
  ) as Record<HistorySpan, Map<string, number>>
  const rules = policy.rules.map(({ name, conditions, budget }) => ({
    name,
    kinds: conditions.map(({ kind }) => kind),
    budget:
      budget === undefined
        ? null
        : { people: budget.people, misses: budget.misses, perSeconds: budget.perMs / 1_000 },
    hits: Object.fromEntries(spanNames.map(span => [span, hits[span].get(name) ?? 0])) as Record<
      HistorySpan,
      number
    >,
  }))
  return { rules, otherwise: describe(otherwise), startedMs }
}

function hitsIn(history: History, span: HistorySpan, nowMs: number): Map<string, number> {
  const hits = new Map<string, number>()
  for (const { counts } of history.slots(span, nowMs)) {
    for (const [rule, , count] of counts.entries()) {
      if (rule !== null) hits.set(rule, (hits.get(rule) ?? 0) + count)
    }
  }
  return hits
}

function describe(otherwise: Otherwise): string {
  return 'redirect' in otherwise
    ? `a redirect to ${otherwise.redirect}`
    : `status ${otherwise.status}`
}
