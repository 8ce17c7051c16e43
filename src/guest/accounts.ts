// What the clients of one shard have spent, by a window that slides: exact, because a person leaves it when the client
// has not asked for it for the window's length.
import { ClientTable } from './client-table.ts'
import { doubles, integers } from './columns.ts'
import type { Budget } from './ledger.ts'
import { PeopleLists } from './people-lists.ts'

export interface Spending {
  /** Hashes. */
  readonly client: number
  readonly person: number
  readonly budget: Budget
  readonly isMissing: boolean
  readonly isCanary: boolean
  readonly nowMs: number
}

export interface AccountsOptions {
  readonly maxClients: number
  /** Whether all shards together remember too many people; each shard reports what it adds and takes away. */
  hasTooManyPeople(): boolean
  onPeople(change: number): void
  /** At least the people that the client had asked for when it was forgotten; 0 if it was not. */
  carriedOf(client: number, perMs: number, nowMs: number): number
  /** The client is given up although its window is not over. */
  onForgotten(client: number, account: { people: number; perMs: number; nowMs: number }): void
}

/** Clients that one request pushes out, where all shards together remember too many people. */
const maxGivenUp = 2

export class Accounts {
  readonly #options: AccountsOptions
  readonly #clients = new ClientTable()
  readonly #lists = new PeopleLists()
  // By client, in milliseconds since the epoch; 0: never.
  readonly #spentMs = doubles()
  readonly #carriedMs = doubles()
  readonly #perMs = doubles()
  // People that the client had asked for before it was forgotten. They count as asked for when it came back.
  readonly #carried = integers()
  readonly #limit = integers()

  constructor(options: AccountsOptions) {
    this.#options = options
  }

  get clients(): number {
    return this.#clients.size
  }

  /** Counts the person; false: the budget is spent, and the person is not remembered. */
  spend({ client, person, budget, isMissing, isCanary, nowMs }: Spending): boolean {
    const before = this.#lists.size
    const row = this.#take(client, budget, nowMs)
    this.#forget(row, nowMs)
    const isWithin = this.#admit(row, { client, person, budget, isMissing, isCanary, nowMs })
    this.#options.onPeople(this.#lists.size - before)
    this.#shrink(nowMs)
    return isWithin
  }

  #admit(row: number, { person, budget, isMissing, isCanary, nowMs }: Spending): boolean {
    const lists = this.#lists
    // The photo may have come or gone since: the person is appended as it is now.
    const isKnown = !isCanary && lists.take(row, person)
    if (!isKnown) {
      // Nothing changes by what a client asks that has spent its budget: when it recovers must not tell which of the
      // names exist.
      if (this.#spent(row) >= budget.people) return false
      if (isCanary || (isMissing && lists.missing(row) >= budget.misses)) {
        this.#spentMs.at[row] = nowMs
        return false
      }
    }
    lists.append(row, person, { isMissing, nowMs })
    return true
  }

  /** The client's row, which becomes the newest. */
  #take(client: number, { people, perMs }: Budget, nowMs: number): number {
    const known = this.#clients.find(client)
    if (known === undefined) {
      const carried = this.#options.carriedOf(client, perMs, nowMs)
      const row = this.#clients.add(client)
      const columns = [this.#spentMs, this.#carriedMs, this.#perMs, this.#carried, this.#limit]
      for (const column of columns) column.reach(row)
      this.#lists.open(row)
      this.#spentMs.at[row] = 0
      this.#carriedMs.at[row] = nowMs
      this.#carried.at[row] = carried
      this.#perMs.at[row] = perMs
      this.#limit.at[row] = people
      return row
    }
    this.#clients.touch(known)
    // A reload may have changed them.
    this.#perMs.at[known] = perMs
    this.#limit.at[known] = people
    return known
  }

  // A clock that is set back forgets nobody.
  #forget(row: number, nowMs: number): void {
    const endMs = nowMs - (this.#perMs.at[row] as number)
    if ((this.#spentMs.at[row] as number) <= endMs) this.#spentMs.at[row] = 0
    if ((this.#carriedMs.at[row] as number) <= endMs) this.#carried.at[row] = 0
    this.#lists.forget(row, endMs)
  }

  /** People within the window; at least the limit when all of it was spent at once. */
  #spent(row: number): number {
    const people = this.#lists.count(row) + (this.#carried.at[row] as number)
    return this.#spentMs.at[row] === 0 ? people : Math.max(people, this.#limit.at[row] as number)
  }

  // Gives up those that are idle longest, as far as their windows are over or memory demands it. The newest stays.
  #shrink(nowMs: number): void {
    // Other shards give up theirs: without a bound, this one would lose all of its clients.
    let given = 0
    for (;;) {
      if (this.#clients.size === 1) return
      const row = this.#clients.oldest()
      const before = this.#lists.size
      this.#forget(row, nowMs)
      const people = this.#spent(row)
      const isFull =
        this.#clients.size > this.#options.maxClients ||
        (given < maxGivenUp && this.#options.hasTooManyPeople())
      if (people === 0 || isFull) {
        if (people > 0) this.#giveUp(row, people, nowMs)
        this.#lists.close(row)
        this.#clients.remove(row)
        given++
      }
      this.#options.onPeople(this.#lists.size - before)
      if (people > 0 && !isFull) return
    }
  }

  #giveUp(row: number, people: number, nowMs: number): void {
    const perMs = this.#perMs.at[row] as number
    this.#options.onForgotten(this.#clients.hashOf(row), { people, perMs, nowMs })
  }
}
