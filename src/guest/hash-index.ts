// Finds rows by their hash in constant time. Chains in typed arrays: see columns.ts.
import { doubles, integers } from './columns.ts'

/** No row. */
export const none = -1

/** Hashes are safe integers that are not negative, and identify their row: no two rows have the same. */
export class HashIndex {
  readonly #hash = doubles()
  readonly #nextOfBucket = integers()
  #buckets = new Int32Array(16).fill(none)
  #size = 0

  /** The row with that hash, or `none`. */
  find(hash: number): number {
    let row = this.#buckets[this.#bucketOf(hash)] as number
    while (row !== none && this.#hash.at[row] !== hash) row = this.#nextOfBucket.at[row] as number
    return row
  }

  hashOf(row: number): number {
    return this.#hash.at[row] as number
  }

  /** The hash must not be in the index. */
  add(hash: number, row: number): void {
    this.#hash.reach(row)
    this.#nextOfBucket.reach(row)
    this.#hash.at[row] = hash
    if (++this.#size > this.#buckets.length) this.#grow()
    this.#link(row)
  }

  remove(row: number): void {
    this.#size--
    const bucket = this.#bucketOf(this.hashOf(row))
    const next = this.#nextOfBucket.at[row] as number
    let at = this.#buckets[bucket] as number
    if (at === row) {
      this.#buckets[bucket] = next
      return
    }
    while (this.#nextOfBucket.at[at] !== row) at = this.#nextOfBucket.at[at] as number
    this.#nextOfBucket.at[at] = next
  }

  #bucketOf(hash: number): number {
    return hash % this.#buckets.length
  }

  #link(row: number): void {
    const bucket = this.#bucketOf(this.hashOf(row))
    this.#nextOfBucket.at[row] = this.#buckets[bucket] as number
    this.#buckets[bucket] = row
  }

  #grow(): void {
    const old = this.#buckets
    this.#buckets = new Int32Array(2 * old.length).fill(none)
    for (let row of old) {
      while (row !== none) {
        const next = this.#nextOfBucket.at[row] as number
        this.#link(row)
        row = next
      }
    }
  }
}
