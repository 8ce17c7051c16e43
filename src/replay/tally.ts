// The counts of a replay: who is admitted by which rule, and for whom that changes. Memory has a bound, whatever
// the log; where it is reached, the report says that its numbers are lower bounds.
import type { LoggedClient } from './clients.ts'
import type { Change, Count, DoubtCount, RuleCount } from './counters.ts'
import { ChangeCounter, Counter, DoubtCounter, RulesCounter } from './counters.ts'
import type { Judgement, Outcome } from './judge.ts'

export interface Sighting {
  readonly client: LoggedClient
  /** Canonical address; a string of its own. */
  readonly photo: string
  readonly before: Judgement
  readonly after: Judgement
}

export type ChangeKind =
  | 'newlyTurnedAway'
  | 'newlyAdmitted'
  /** Now, before or both are not known. */
  | 'perhapsTurnedAway'
  | 'perhapsAdmitted'

export interface Totals {
  readonly all: Count
  readonly rules: readonly RuleCount[]
  readonly turnedAway: Count
  /** Requests, by the outcome before and the outcome after. */
  readonly outcomes: Readonly<Record<Outcome, Readonly<Record<Outcome, number>>>>
  readonly changes: Readonly<Record<ChangeKind, Change>>
  /** Why outcomes are not known; most requests first. */
  readonly doubts: readonly DoubtCount[]
}

export interface Tally {
  add(sighting: Sighting): void
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
  // Of what could be both, the loss is what people will call about.
  return after !== 'admitted' && before !== 'turned-away' ? 'perhapsTurnedAway' : 'perhapsAdmitted'
}

function noOutcomes(): Record<Outcome, number> {
  return { admitted: 0, 'turned-away': 0, unknown: 0 }
}
