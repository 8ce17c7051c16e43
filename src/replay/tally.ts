// The counts of a replay: who is admitted by which rule, and for whom that changes. Memory has a bound, whatever
// the log; where it is reached, the report says that its numbers are lower bounds.
import type { LoggedClient } from './clients.ts'
import type { Doubt, Judgement, Outcome } from './judge.ts'
import type { TopRows } from './top-rows.ts'
import { RowCounter } from './top-rows.ts'

export interface Sighting {
  readonly client: LoggedClient
  /** Canonical address; a string of its own. */
  readonly photo: string
  readonly before: Judgement
  readonly after: Judgement
}

/** Requests, and how many clients made them: at least so many where not all could be told apart. */
export interface Count {
  readonly requests: number
  readonly clients: number
}

export interface RuleCount extends Count {
  readonly name: string
  /** Requests that it might admit, and no rule surely does. */
  readonly perhaps: number
}

export interface NetworkRow {
  readonly requests: number
  readonly clients: number
  readonly photos: TopRows<PhotoRow>
}

export interface PhotoRow {
  readonly requests: number
}

export type ChangeKind =
  | 'newlyTurnedAway'
  | 'newlyAdmitted'
  /** Now, before or both are not known. */
  | 'perhapsTurnedAway'
  | 'perhapsAdmitted'

/** Requests whose outcome changes or may change, by the networks of their clients and the photos they asked for. */
export interface Change extends Count {
  readonly networks: TopRows<NetworkRow>
  readonly photos: TopRows<PhotoRow>
}

export interface DoubtCount {
  readonly doubt: Doubt
  /** Of the new configuration, or of what was before. */
  readonly of: 'after' | 'before'
  /** All that might admit, or have admitted; none where the status is in doubt. */
  readonly rules: readonly string[]
  readonly requests: number
}

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
  /** `most`: rows of each list. */
  totals(most: number): Totals
}

const mostNetworks = 2_048
const mostPhotos = 8_192
const mostPhotosOfNetwork = 32
const photosOfNetwork = 5

export function buildTally(ruleNames: readonly string[]): Tally {
  let slots = 0
  const openCounter = () => new Counter(slots++)
  const all = openCounter()
  const turnedAway = openCounter()
  const rules = new Map(ruleNames.map(name => [name, { count: openCounter(), perhaps: 0 }]))
  const changes = {
    newlyTurnedAway: new ChangeCounter(openCounter()),
    newlyAdmitted: new ChangeCounter(openCounter()),
    perhapsTurnedAway: new ChangeCounter(openCounter()),
    perhapsAdmitted: new ChangeCounter(openCounter()),
  }
  const outcomes = {
    admitted: noOutcomes(),
    'turned-away': noOutcomes(),
    unknown: noOutcomes(),
  }
  const doubts = new Map<Judgement, { of: DoubtCount['of']; requests: number }>()

  const addRules = ({ outcome, rules: names }: Judgement, client: LoggedClient) => {
    if (outcome === 'turned-away') return void turnedAway.add(client)
    for (const name of names) {
      const row = rules.get(name)
      if (row === undefined) continue
      if (outcome === 'admitted') row.count.add(client)
      else row.perhaps++
    }
  }
  const addDoubt = (judgement: Judgement, of: DoubtCount['of']) => {
    const row = doubts.get(judgement)
    if (row === undefined) doubts.set(judgement, { of, requests: 1 })
    else row.requests++
  }

  return {
    add: ({ client, photo, before, after }) => {
      all.add(client)
      addRules(after, client)
      outcomes[before.outcome][after.outcome]++
      if (after.outcome === 'unknown') addDoubt(after, 'after')
      else if (before.outcome === 'unknown') addDoubt(before, 'before')
      const kind = changeOf(before.outcome, after.outcome)
      if (kind !== undefined) changes[kind].add(client, photo)
    },
    totals: most => ({
      all: all.value(),
      rules: [...rules].map(([name, { count, perhaps }]) => ({ name, ...count.value(), perhaps })),
      turnedAway: turnedAway.value(),
      outcomes,
      changes: {
        newlyTurnedAway: changes.newlyTurnedAway.value(most),
        newlyAdmitted: changes.newlyAdmitted.value(most),
        perhapsTurnedAway: changes.perhapsTurnedAway.value(most),
        perhapsAdmitted: changes.perhapsAdmitted.value(most),
      },
      doubts: [...doubts]
        .map(([{ doubt, rules: names }, { of, requests }]) => ({
          doubt: doubt as Doubt,
          of,
          rules: names,
          requests,
        }))
        .sort((a, b) => b.requests - a.requests),
    }),
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

class Counter {
  readonly #slot: number
  #requests = 0
  #clients = 0

  constructor(slot: number) {
    this.#slot = slot
  }

  /** Whether the client is counted for the first time. */
  add({ counted }: LoggedClient): boolean {
    this.#requests++
    if (counted === undefined || counted.includes(this.#slot)) return false
    counted.push(this.#slot)
    this.#clients++
    return true
  }

  value(): Count {
    return { requests: this.#requests, clients: this.#clients }
  }
}

class ChangeCounter {
  readonly #count: Counter
  readonly #networks = new RowCounter(mostNetworks, () => ({
    requests: 0,
    clients: 0,
    photos: openPhotos(mostPhotosOfNetwork),
  }))
  readonly #photos = openPhotos(mostPhotos)

  constructor(count: Counter) {
    this.#count = count
  }

  add(client: LoggedClient, photo: string): void {
    const isFirst = this.#count.add(client)
    const row = this.#networks.count(client.network)
    if (isFirst) row.clients++
    row.photos.count(photo)
    this.#photos.count(photo)
  }

  value(most: number): Change {
    const networks = this.#networks.top(most)
    const rows = networks.rows.map(row => ({ ...row, photos: row.photos.top(photosOfNetwork) }))
    return {
      ...this.#count.value(),
      networks: { ...networks, rows },
      photos: this.#photos.top(most),
    }
  }
}

function openPhotos(most: number) {
  return new RowCounter(most, () => ({ requests: 0 }))
}
