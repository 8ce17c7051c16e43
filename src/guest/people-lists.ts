// The people that each client has asked for and when, oldest first. One pool for all clients of a shard.
import { firstOwnInteger, HashIndex, none } from './hash-index.ts'
import { Rows, RowTable } from './row-table.ts'

export interface AskedPerson {
  /** The person has no photo. */
  readonly isMissing: boolean
  readonly nowMs: number
}

// Of a person: 32 bytes.
const width = 4
const missing = firstOwnInteger
const askedMs = 2
const older = 6
const newer = 7
// Of a client: four integers.
const clientWidth = 2
const first = 0
const last = 1
const people = 2
const missingPeople = 3

/** Clients are row numbers below a million, people are random numbers of at most 52 bits. */
export class PeopleLists {
  readonly #table = new RowTable(width)
  readonly #index = new HashIndex(this.#table)
  readonly #rows = new Rows()
  readonly #clients = new RowTable(clientWidth)

  /** Begins an empty list. */
  open(client: number): void {
    this.#clients.reach(client)
    const { integers } = this.#clients
    const at = 2 * clientWidth * client
    integers[at + first] = none
    integers[at + last] = none
    integers[at + people] = 0
    integers[at + missingPeople] = 0
  }

  close(client: number): void {
    this.forget(client, Number.POSITIVE_INFINITY)
  }

  /** People in all lists. */
  get size(): number {
    return this.#rows.count
  }

  count(client: number): number {
    return this.#ofClient(client, people)
  }

  /** Those of them without a photo. */
  missing(client: number): number {
    return this.#ofClient(client, missingPeople)
  }

  /** Appends the person, who must not be in the list. */
  append(client: number, person: number, { isMissing, nowMs }: AskedPerson): void {
    const row = this.#rows.take()
    this.#table.reach(row)
    this.#index.add(pairOf(client, person), row)
    this.#table.integers[2 * width * row + missing] = isMissing ? 1 : 0
    this.#table.doubles[width * row + askedMs] = nowMs
    this.#link(client, row)
    this.#add(client, people, 1)
    if (isMissing) this.#add(client, missingPeople, 1)
  }

  /** Moves the person to the end of the list. False: it is not in the list. */
  touch(client: number, person: number, { isMissing, nowMs }: AskedPerson): boolean {
    const row = this.#index.find(pairOf(client, person))
    if (row === none) return false
    if (row !== this.#ofClient(client, last)) {
      this.#unlink(client, row)
      this.#link(client, row)
    }
    this.#table.doubles[width * row + askedMs] = nowMs
    const { integers } = this.#table
    const change = (isMissing ? 1 : 0) - (integers[2 * width * row + missing] as number)
    if (change !== 0) {
      integers[2 * width * row + missing] = isMissing ? 1 : 0
      this.#add(client, missingPeople, change)
    }
    return true
  }

  /** Takes out the people at the beginning of the list that were asked for at `endMs` or before. */
  forget(client: number, endMs: number): void {
    for (;;) {
      const row = this.#ofClient(client, first)
      if (row === none || !((this.#table.doubles[width * row + askedMs] as number) <= endMs)) return
      this.#remove(client, row)
    }
  }

  /** Takes out the person at the beginning of the list, which must not be empty. */
  dropOldest(client: number): void {
    this.#remove(client, this.#ofClient(client, first))
  }

  #remove(client: number, row: number): void {
    this.#unlink(client, row)
    this.#add(client, people, -1)
    if (this.#table.integers[2 * width * row + missing] === 1) this.#add(client, missingPeople, -1)
    this.#index.remove(row)
    this.#rows.giveBack(row)
  }

  #link(client: number, row: number): void {
    const { integers } = this.#table
    const before = this.#ofClient(client, last)
    integers[2 * width * row + older] = before
    integers[2 * width * row + newer] = none
    if (before === none) this.#setOfClient(client, first, row)
    else integers[2 * width * before + newer] = row
    this.#setOfClient(client, last, row)
  }

  #unlink(client: number, row: number): void {
    const { integers } = this.#table
    const before = integers[2 * width * row + older] as number
    const after = integers[2 * width * row + newer] as number
    if (before === none) this.#setOfClient(client, first, after)
    else integers[2 * width * before + newer] = after
    if (after === none) this.#setOfClient(client, last, before)
    else integers[2 * width * after + older] = before
  }

  #ofClient(client: number, field: number): number {
    return this.#clients.integers[2 * clientWidth * client + field] as number
  }

  #setOfClient(client: number, field: number, value: number): void {
    this.#clients.integers[2 * clientWidth * client + field] = value
  }

  #add(client: number, field: number, change: number): void {
    this.#setOfClient(client, field, this.#ofClient(client, field) + change)
  }
}

// One number for both: two pairs have the same one as seldom as two people have. No `%`, which is a slow division for
// numbers above 32 bits.
function pairOf(client: number, person: number): number {
  const sum = person + client * 2_654_435_761
  return sum < 2 ** 52 ? sum : sum - 2 ** 52
}
