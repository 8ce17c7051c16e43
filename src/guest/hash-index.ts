// Finds the rows of a table by their hash in constant time. Chains in the table itself: see row-table.ts.
import type { RowTable } from './row-table.ts'

/** No row. */
export const none = -1

// The fields that the index has in each row: the first double, and the lower half of the second.
const hash = 0
const nextOfBucket = 2
/** The first of the integers that the index leaves to others. */
export const firstOwnInteger = 3

/** Hashes are safe integers that are not negative, and identify their row: no two rows have the same. */
export class HashIndex {
  readonly #table: RowTable
  // Twice as many as rows, or more: each other row that a search passes costs a cache miss. A power of two, so that the
  // lower bits of a hash choose.
  #buckets = new Int32Array(16).fill(none)
  #size = 0

  /** The table must be two doubles wide or more. */
  constructor(table: RowTable) {
    this.#table = table
  }

  /** The row with that hash, or `none`. */
  find(wanted: number): number {
    const { doubles, integers, width } = this.#table
    let row = this.#buckets[wanted & (this.#buckets.length - 1)] as number
    while (row !== none && doubles[row * width + hash] !== wanted)
      row = integers[2 * row * width + nextOfBucket] as number
    return row
  }

  hashOf(row: number): number {
    return this.#table.doubles[row * this.#table.width + hash] as number
  }

  /** The hash must not be in the index, and the table must reach to the row. */
  add(added: number, row: number): void {
    this.#table.doubles[row * this.#table.width + hash] = added
    if (2 * ++this.#size > this.#buckets.length) this.#grow()
    this.#link(row)
  }

  remove(row: number): void {
    this.#size--
    const bucket = this.#bucketOf(row)
    const next = this.#next(row)
    let at = this.#buckets[bucket] as number
    if (at === row) {
      this.#buckets[bucket] = next
      return
    }
    while (this.#next(at) !== row) at = this.#next(at)
    this.#setNext(at, next)
  }

  #next(row: number): number {
    return this.#table.integers[2 * row * this.#table.width + nextOfBucket] as number
  }

  #setNext(row: number, next: number): void {
    this.#table.integers[2 * row * this.#table.width + nextOfBucket] = next
  }

  #bucketOf(row: number): number {
    return this.hashOf(row) & (this.#buckets.length - 1)
  }

  #link(row: number): void {
    const bucket = this.#bucketOf(row)
    this.#setNext(row, this.#buckets[bucket] as number)
    this.#buckets[bucket] = row
  }

  #grow(): void {
    const old = this.#buckets
    this.#buckets = new Int32Array(2 * old.length).fill(none)
    for (let row of old) {
      while (row !== none) {
        const next = this.#next(row)
        this.#link(row)
        row = next
      }
    }
  }
}
