// The counts of a replay: how many requests each rule admits, and for which networks that changes. Memory is bounded for
// every log. When a bound is reached, the report says that its numbers are lower bounds.
import type { LoggedClient } from './clients.ts'
import type { ChangeCount, Count, DoubtCount, RuleCount } from './counters.ts'
import { ChangeCounter, Counter, DoubtCounter, RulesCounter } from './counters.ts'
import type { LoggedOutcome, Outcome } from './judge.ts'

export interface JudgedRequest {
  readonly client: LoggedClient
  /** Canonical mail address, as a copy. */
  readonly photo: string
  readonly before: LoggedOutcome
  readonly after: LoggedOutcome
}

export type ChangeKind =
  | 'newlyTurnedAway'
  | 'newlyAdmitted'
  /** The outcome before, after, or both are unknown. */
  | 'perhapsTurnedAway'
  | 'perhapsAdmitted'

export interface Totals {
  readonly all: Count
  readonly rules: readonly RuleCount[]
  readonly turnedAway: Count
  /** Requests, by the outcome before and the outcome after. */
  readonly outcomes: Readonly<Record<Outcome, Readonly<Record<Outcome, number>>>>
  readonly changes: Readonly<Record<ChangeKind, ChangeCount>>
  /** Why outcomes are unknown; most requests first. */
  readonly doubts: readonly DoubtCount[]
}

export interface Tally {
  add(request: JudgedRequest): void
  /** `limit`: rows of each list. */
  totals(limit: number): Totals
}

export function buildTally(ruleNames: readonly string[]): Tally {
  let slots = 0
  const openCounter = () => new Counter(slots++)
  const all = openCounter()
  const turnedAway = openCounter()
  const rules = new RulesCounter(ruleNames, openCounter)
  const doubts = new DoubtCounter()
  const changes = forEachKind(() => new ChangeCounter(openCounter()))
  const outcomes = { admitted: noOutcomes(), 'turned-away': noOutcomes(), unknown: noOutcomes() }
  return {
    add: ({ client, photo, before, after }) => {
      all.add(client)
      if (after.outcome === 'turned-away') turnedAway.add(client)
      else rules.add(after, client)
      outcomes[before.outcome][after.outcome]++
      if (after.outcome === 'unknown') doubts.add(after, 'after')
      else if (before.outcome === 'unknown') doubts.add(before, 'before')
      const kind = changeOf(before.outcome, after.outcome)
      if (kind !== undefined) changes[kind].add(client, photo)
    },
    totals: limit => ({
      all: all.value(),
      rules: rules.value(),
      turnedAway: turnedAway.value(),
      outcomes,
      changes: forEachKind(kind => changes[kind].value(limit)),
      doubts: doubts.value(),
    }),
  }
}

function forEachKind<Value>(make: (kind: ChangeKind) => Value): Record<ChangeKind, Value> {
  return {
    newlyTurnedAway: make('newlyTurnedAway'),
    newlyAdmitted: make('newlyAdmitted'),
    perhapsTurnedAway: make('perhapsTurnedAway'),
    perhapsAdmitted: make('perhapsAdmitted'),
  }
}

function changeOf(before: Outcome, after: Outcome): ChangeKind | undefined {
  if (before !== 'unknown' && after !== 'unknown') {
    if (before === after) return undefined
    return after === 'admitted' ? 'newlyAdmitted' : 'newlyTurnedAway'
  }
  // If it could be either, count the loss: people will complain about that.
  return after !== 'admitted' && before !== 'turned-away' ? 'perhapsTurnedAway' : 'perhapsAdmitted'
}

function noOutcomes(): Record<Outcome, number> {
  return { admitted: 0, 'turned-away': 0, unknown: 0 }
}
