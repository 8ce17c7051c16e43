// The history of a span in numbers for the page.
import type { Policy } from '../../policy/policy.ts'
import { buildFrequent } from '../decision/frequent.ts'
import type { History, HistorySpan } from '../decision/history.ts'
import { spans } from '../decision/history.ts'
import type { DecisionOutcome } from '../decision/outcome.ts'
import { outcomeOf } from '../decision/outcome.ts'
import type { Slot, TopKind } from '../decision/slot.ts'
import { followedKeys, keptKeys } from '../decision/slot.ts'
import type { Counted, HistoryAnswer } from './answers.ts'

const shownTops = 10

export function answerHistory(
  history: History,
  policy: Policy,
  { span, nowMs }: { readonly span: HistorySpan; readonly nowMs: number },
): HistoryAnswer {
  const { slotMs, slots: length } = spans[span]
  const filled = new Map(history.slots(span, nowMs).map(slot => [slot.startMs, slot]))
  const lastMs = nowMs - (nowMs % slotMs)
  const slots = Array.from({ length }, (_, at) => {
    const atMs = lastMs - (length - 1 - at) * slotMs
    return { atMs, ...outcomesOf(filled.get(atMs)) }
  })
  const all = [...filled.values()]
  const sums = sumsOf(all)
  const order = policy.rules.map(({ name }) => name)
  return {
    ...{ span, slotMs, slots, totals: totalsOf(slots) },
    rules: inOrder(sums.rules, order),
    refusals: byCount(sums.refusals),
    answers: byCount(sums.answers),
    clients: topOf(all, 'clients'),
    turnedAwayClients: topOf(all, 'turnedAway'),
    photos: topOf(all, 'photos'),
  }
}

type Outcomes = Record<DecisionOutcome, number>

const noOutcomes = (): Outcomes => ({ admitted: 0, 'turned-away': 0, unjudged: 0 })

function outcomesOf(slot: Slot | undefined): Outcomes {
  const outcomes = noOutcomes()
  for (const [rule, , count] of slot?.counts.entries() ?? []) outcomes[outcomeOf(rule)] += count
  return outcomes
}

function totalsOf(slots: readonly Outcomes[]): Outcomes {
  const totals = noOutcomes()
  for (const slot of slots) {
    for (const outcome of Object.keys(totals) as DecisionOutcome[]) totals[outcome] += slot[outcome]
  }
  return totals
}

function sumsOf(slots: readonly Slot[]) {
  const sums = {
    rules: new Map<string, number>(),
    refusals: new Map<string, number>(),
    answers: new Map<string, number>(),
  }
  const add = (to: Map<string, number>, key: string, count: number) =>
    void to.set(key, (to.get(key) ?? 0) + count)
  for (const { counts } of slots) {
    for (const [rule, reason, count] of counts.entries()) {
      const outcome = outcomeOf(rule)
      if (outcome === 'turned-away') add(sums.refusals, reason, count)
      if (outcome !== 'admitted') continue
      add(sums.rules, rule as string, count)
      add(sums.answers, reason, count)
    }
  }
  return sums
}

/** Every rule of the configuration, also with 0, then those that it has no more. */
function inOrder(counts: ReadonlyMap<string, number>, order: readonly string[]): Counted[] {
  const names = [...new Set([...order, ...[...counts.keys()].sort()])]
  return names.map(name => ({ name, count: counts.get(name) ?? 0 }))
}

function byCount(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

function topOf(slots: readonly Slot[], kind: TopKind): Counted[] {
  const sum = buildFrequent(followedKeys)
  for (const { top } of slots) {
    for (const [key, count] of top[kind].top(keptKeys)) sum.add(key, count)
  }
  return sum.top(shownTops).map(([name, count]) => ({ name, count }))
}
