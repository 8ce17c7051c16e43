// The history of a span in numbers for the page.
import type { Policy } from '../../policy/policy.ts'
import type { History, HistorySpan } from '../decision/history.ts'
import { spans } from '../decision/history.ts'
import type { DecisionOutcome } from '../decision/outcome.ts'
import { outcomeOf } from '../decision/outcome.ts'
import type { Slot, TopKind } from '../decision/slot.ts'
import type { Counted, HistoryAnswer } from './answers.ts'

const shownTops = 10

/** All pages that are open share one answer a second: it takes some milliseconds, which requests would wait for. */
export function cacheHistory(history: History, now: () => number) {
  const answers = new Map<
    HistorySpan,
    { readonly answer: HistoryAnswer; readonly policy: Policy }
  >()
  let second = 0
  return (span: HistorySpan, policy: Policy): HistoryAnswer => {
    const nowMs = now()
    if (Math.floor(nowMs / 1_000) !== second) answers.clear()
    second = Math.floor(nowMs / 1_000)
    const known = answers.get(span)
    if (known?.policy === policy) return known.answer
    const answer = answerHistory(history, policy, { span, nowMs })
    answers.set(span, { answer, policy })
    return answer
  }
}

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

// Each slot bounds its keys, so the sum needs no bound of its own.
function topOf(slots: readonly Slot[], kind: TopKind): Counted[] {
  const sums = new Map<string, number>()
  for (const { top } of slots) {
    for (const [key, count] of top[kind].entries()) sums.set(key, (sums.get(key) ?? 0) + count)
  }
  return byCount(sums).slice(0, shownTops)
}
