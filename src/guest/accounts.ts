// What the clients of one shard have spent, by a window that slides: exact, because a person leaves it when the client
// has not asked for it for the window's length.
import { ClientTable } from './client-table.ts'
import type { Budget } from './ledger.ts'
import { PeopleLists } from './people-lists.ts'
import { RowTable } from './row-table.ts'

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
  carriedOf(client: number, nowMs: number): number
  /** The client is given up although its window is not over. `people`: beyond those that `carriedOf` gave. */
  onForgotten(client: number, account: { people: number; perMs: number; nowMs: number }): void
}

/** Clients that one request pushes out, where all shards together remember too many people. */
const maxGivenUp = 2

const width = 4
// In milliseconds since the epoch. When all was spent at once; 0: it was not.
const spentMs = 0
const carriedMs = 1
const perMs = 2
// Integers. People that the client had asked for before it was forgotten: they count as asked for when it came back.
const carried = 6
const limit = 7

export class Accounts {
  readonly #options: AccountsOptions
  readonly #clients = new ClientTable()
  readonly #lists = new PeopleLists()
  readonly #table = new RowTable(width)

  constructor(options: AccountsOptions) {
    this.#options = options
  }

  get clients(): number {
    return this.#clients.size
  }

  /** Counts the person; false: the budget is spent, and the person is not remembered. */
  spend(spending: Spending): boolean {
    const { client, budget, nowMs } = spending
    const before = this.#lists.size
    const row = this.#take(client, budget, nowMs)
    this.#forget(row, nowMs)
    const isWithin = this.#admit(row, spending)
    this.#options.onPeople(this.#lists.size - before)
    this.#shrink(nowMs)
    return isWithin
  }

  /** The client's account is closed. @returns whether it had spent anything */
  forget(client: number, nowMs: number): boolean {
    const row = this.#clients.find(client)
    if (row === undefined) return false
    const before = this.#lists.size
    this.#forget(row, nowMs)
    const hadSpent = this.#spent(row) > 0
    this.#lists.close(row)
    this.#clients.remove(row)
    this.#options.onPeople(this.#lists.size - before)
    return hadSpent
  }

  #admit(row: number, spending: Spending): boolean {
    const { person, budget, isMissing, isCanary, nowMs } = spending
    const lists = this.#lists
    // The photo may have come or gone since: the person is noted as it is now.
    if (!isCanary && lists.touch(row, person, spending)) return true
    // Nothing changes by what a client asks that has spent its budget: when it recovers must not tell which of the
    // names exist.
    if (this.#spent(row) >= budget.people) return false
    if (isCanary || (isMissing && lists.missing(row) >= budget.misses)) {
      this.#table.doubles[width * row + spentMs] = nowMs
      return false
    }
    lists.append(row, person, spending)
    return true
  }

  /** The client's row, which becomes the newest. */
  #take(client: number, budget: Budget, nowMs: number): number {
    const known = this.#clients.find(client)
    const row = known ?? this.#open(client, nowMs)
    if (known !== undefined) this.#clients.touch(known)
    // A reload may have changed them.
    this.#table.doubles[width * row + perMs] = budget.perMs
    this.#table.integers[2 * width * row + limit] = budget.people
    return row
  }

  #open(client: number, nowMs: number): number {
    const row = this.#clients.add(client)
    this.#table.reach(row)
    this.#lists.open(row)
    this.#table.doubles[width * row + spentMs] = 0
    this.#table.doubles[width * row + carriedMs] = nowMs
    const people = this.#options.carriedOf(client, nowMs)
    this.#table.integers[2 * width * row + carried] = people
    return row
  }

  // A clock that is set back forgets nobody.
  #forget(row: number, nowMs: number): void {
    const { doubles, integers } = this.#table
    const at = width * row
    const endMs = nowMs - (doubles[at + perMs] as number)
    if ((doubles[at + spentMs] as number) <= endMs) doubles[at + spentMs] = 0
    if ((doubles[at + carriedMs] as number) <= endMs) integers[2 * at + carried] = 0
    this.#lists.forget(row, endMs)
  }

  /** People within the window; at least the limit when all of it was spent at once. */
  #spent(row: number): number {
    const { doubles, integers } = this.#table
    const at = width * row
    const people = this.#lists.count(row) + (integers[2 * at + carried] as number)
    return doubles[at + spentMs] === 0
      ? people
      : Math.max(people, integers[2 * at + limit] as number)
  }

  // Gives up those that are idle longest, as far as their windows are over or memory demands it. The newest stays. A
  // client with a longer window keeps those behind it whose windows are over: they take memory, within its bound.
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
        if (people > 0) this.#giveUp(row, nowMs)
        this.#lists.close(row)
        this.#clients.remove(row)
        given++
      }
      this.#options.onPeople(this.#lists.size - before)
      if (people > 0 && !isFull) return
    }
  }

  #giveUp(row: number, nowMs: number): void {
    const { doubles, integers } = this.#table
    const at = width * row
    const windowMs = doubles[at + perMs] as number
    // The sketch has already what the client carried. If it were added each time, it would use up the budget.
    const all = Math.max(this.#lists.count(row), integers[2 * at + limit] as number)
    const people = doubles[at + spentMs] === 0 ? this.#lists.count(row) : all
    this.#options.onForgotten(this.#clients.hashOf(row), { people, perMs: windowMs, nowMs })
  }
}
