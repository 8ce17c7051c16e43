// The parts of a tally: counts of requests and of distinct clients, by rule, network, photo and doubt.
import type { LoggedClient } from './clients.ts'
import type { LoggedOutcome, OutcomeDoubt } from './judge.ts'
import type { TopRows } from './top-rows.ts'
import { RowCounter } from './top-rows.ts'

/** Requests, and the distinct clients that sent them: a lower bound beyond the limit of clients. */
export interface Count {
  readonly requests: number
  readonly clients: number
}

export interface RuleCount extends Count {
  readonly name: string
  /** Requests that this rule might admit, and no rule certainly admits. */
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

/** Requests whose outcome changes or may change, by the networks of their clients and by photo. */
export interface ChangeCount extends Count {
  readonly networks: TopRows<NetworkRow>
  readonly photos: TopRows<PhotoRow>
}

export interface DoubtCount {
  readonly doubt: OutcomeDoubt
  /** In the new configuration, or in what was before. */
  readonly of: 'after' | 'before'
  /** The rules that might admit, or might have admitted; empty when the status is in doubt. */
  readonly rules: readonly string[]
  readonly requests: number
}

const maxNetworks = 2_048
const maxPhotos = 8_192
const maxPhotosOfNetwork = 32
const photosOfNetwork = 5

export class Counter {
  readonly #slot: number
  #requests = 0
  #clients = 0

  constructor(slot: number) {
    this.#slot = slot
  }

  /** Returns whether the client is counted for the first time. */
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

export class ChangeCounter {
  readonly #count: Counter
  readonly #networks = new RowCounter(maxNetworks, () => ({
    requests: 0,
    clients: 0,
    photos: openPhotos(maxPhotosOfNetwork),
  }))
  readonly #photos = openPhotos(maxPhotos)

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

  value(limit: number): ChangeCount {
    const networks = this.#networks.top(limit)
    const rows = networks.rows.map(row => ({ ...row, photos: row.photos.top(photosOfNetwork) }))
    return {
      ...this.#count.value(),
      networks: { ...networks, rows },
      photos: this.#photos.top(limit),
    }
  }
}

function openPhotos(limit: number) {
  return new RowCounter(limit, () => ({ requests: 0 }))
}

export class RulesCounter {
  readonly #rules: ReadonlyMap<string, { readonly count: Counter; perhaps: number }>

  constructor(names: readonly string[], openCounter: () => Counter) {
    this.#rules = new Map(names.map(name => [name, { count: openCounter(), perhaps: 0 }]))
  }

  /** Counts the rule that admits, or all rules that might. */
  add({ outcome, rules }: LoggedOutcome, client: LoggedClient): void {
    for (const name of rules) {
      const row = this.#rules.get(name)
      if (row === undefined) continue
      if (outcome === 'admitted') row.count.add(client)
      else row.perhaps++
    }
  }

  value(): RuleCount[] {
    return [...this.#rules].map(([name, { count, perhaps }]) => ({
      name,
      ...count.value(),
      perhaps,
    }))
  }
}

export class DoubtCounter {
  // Keyed by the object: there is one for each doubt.
  readonly #rows = new Map<LoggedOutcome, { readonly of: DoubtCount['of']; requests: number }>()

  add(judgement: LoggedOutcome, of: DoubtCount['of']): void {
    const row = this.#rows.get(judgement)
    if (row === undefined) this.#rows.set(judgement, { of, requests: 1 })
    else row.requests++
  }

  /** Most requests first. */
  value(): DoubtCount[] {
    return [...this.#rows]
      .map(([{ doubt, rules }, row]) => ({ doubt: doubt as OutcomeDoubt, rules, ...row }))
      .sort((a, b) => b.requests - a.requests)
  }
}
