// The people that each client has asked for and when, oldest first. One pool for all clients of a shard.
import type { Column } from './columns.ts'
import { doubles, integers, Rows } from './columns.ts'
import { HashIndex, none } from './hash-index.ts'

/** Clients are row numbers below a million, people are random numbers of at most 52 bits. */
export class PeopleLists {
  readonly #index = new HashIndex()
  readonly #isMissing = integers()
  readonly #askedMs = doubles()
  readonly #older = integers()
  readonly #newer = integers()
  readonly #rows = new Rows()
  // By client.
  readonly #first = integers()
  readonly #last = integers()
  readonly #count = integers()
  readonly #missing = integers()

  /** Begins an empty list. */
  open(client: number): void {
    for (const column of [this.#first, this.#last, this.#count, this.#missing]) column.reach(client)
    this.#first.at[client] = none
    this.#last.at[client] = none
    this.#count.at[client] = 0
    this.#missing.at[client] = 0
  }

  close(client: number): void {
    this.forget(client, Number.POSITIVE_INFINITY)
  }

  /** People in all lists. */
  get size(): number {
    return this.#rows.count
  }

  count(client: number): number {
    return this.#count.at[client] as number
  }

  /** Those of them without a photo. */
  missing(client: number): number {
    return this.#missing.at[client] as number
  }

  /** Appends the person. `isMissing`: it has no photo. */
  append(
    client: number,
    person: number,
    { isMissing, nowMs }: { readonly isMissing: boolean; readonly nowMs: number },
  ): void {
    const row = this.#rows.take()
    for (const column of [this.#askedMs, this.#isMissing, this.#older, this.#newer])
      column.reach(row)
    const last = this.#last.at[client] as number
    this.#index.add(pairOf(client, person), row)
    this.#isMissing.at[row] = isMissing ? 1 : 0
    this.#askedMs.at[row] = nowMs
    this.#older.at[row] = last
    this.#newer.at[row] = none
    if (last === none) this.#first.at[client] = row
    else this.#newer.at[last] = row
    this.#last.at[client] = row
    this.#add(this.#count, client, 1)
    if (isMissing) this.#add(this.#missing, client, 1)
  }

  /** Takes the person out. False: it is not in the list. */
  take(client: number, person: number): boolean {
    const row = this.#index.find(pairOf(client, person))
    if (row === none) return false
    this.#remove(client, row)
    return true
  }

  /** Takes out the people at the beginning of the list that were asked for at `endMs` or before. */
  forget(client: number, endMs: number): void {
    let row = this.#first.at[client] as number
    while (row !== none && (this.#askedMs.at[row] as number) <= endMs) {
      this.#remove(client, row)
      row = this.#first.at[client] as number
    }
  }

  /** Takes out the person at the beginning of the list, which must not be empty. */
  dropOldest(client: number): void {
    this.#remove(client, this.#first.at[client] as number)
  }

  #remove(client: number, row: number): void {
    const older = this.#older.at[row] as number
    const newer = this.#newer.at[row] as number
    if (older === none) this.#first.at[client] = newer
    else this.#newer.at[older] = newer
    if (newer === none) this.#last.at[client] = older
    else this.#older.at[newer] = older
    this.#add(this.#count, client, -1)
    if (this.#isMissing.at[row] === 1) this.#add(this.#missing, client, -1)
    this.#index.remove(row)
    this.#rows.giveBack(row)
  }

  #add(column: Column<Int32Array>, client: number, change: number): void {
    column.at[client] = (column.at[client] as number) + change
  }
}

// One number for both: two pairs have the same one as seldom as two people have.
function pairOf(client: number, person: number): number {
  return (person + client * 2_654_435_761) % 2 ** 52
}
