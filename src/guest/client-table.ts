// The clients of a shard by their hash, in the order of their last request.
import { doubles, integers, Rows } from './columns.ts'

const none = -1

/** Gives each hash a row number while it is in the table. Hashes are safe integers. */
export class ClientTable {
  readonly #hash = doubles()
  readonly #older = integers()
  readonly #newer = integers()
  readonly #nextOfBucket = integers()
  readonly #rows = new Rows()
  #buckets = new Int32Array(16).fill(none)
  #oldest = none
  #newest = none

  get size(): number {
    return this.#rows.count
  }

  hashOf(row: number): number {
    return this.#hash.at[row] as number
  }

  /** The row that was touched longest ago; undefined: the table is empty. */
  oldest(): number | undefined {
    return this.#oldest === none ? undefined : this.#oldest
  }

  find(hash: number): number | undefined {
    let row = this.#buckets[this.#bucketOf(hash)] as number
    while (row !== none && this.#hash.at[row] !== hash) row = this.#nextOfBucket.at[row] as number
    return row === none ? undefined : row
  }

  /** The hash must not be in the table yet. */
  add(hash: number): number {
    const row = this.#rows.take()
    for (const column of [this.#hash, this.#older, this.#newer, this.#nextOfBucket])
      column.reach(row)
    this.#hash.at[row] = hash
    if (this.size > this.#buckets.length) this.#rehash()
    this.#putIntoBucket(row)
    this.#append(row)
    return row
  }

  /** Makes it the row that was touched last. */
  touch(row: number): void {
    if (row === this.#newest) return
    this.#unlink(row)
    this.#append(row)
  }

  remove(row: number): void {
    this.#unlink(row)
    const bucket = this.#bucketOf(this.hashOf(row))
    const next = this.#nextOfBucket.at[row] as number
    let at = this.#buckets[bucket] as number
    if (at === row) this.#buckets[bucket] = next
    else {
      while (this.#nextOfBucket.at[at] !== row) at = this.#nextOfBucket.at[at] as number
      this.#nextOfBucket.at[at] = next
    }
    this.#rows.giveBack(row)
  }

  #append(row: number): void {
    this.#older.at[row] = this.#newest
    this.#newer.at[row] = none
    if (this.#newest === none) this.#oldest = row
    else this.#newer.at[this.#newest] = row
    this.#newest = row
  }

  #unlink(row: number): void {
    const older = this.#older.at[row] as number
    const newer = this.#newer.at[row] as number
    if (older === none) this.#oldest = newer
    else this.#newer.at[older] = newer
    if (newer === none) this.#newest = older
    else this.#older.at[newer] = older
  }

  #bucketOf(hash: number): number {
    return hash % this.#buckets.length
  }

  #putIntoBucket(row: number): void {
    const bucket = this.#bucketOf(this.hashOf(row))
    this.#nextOfBucket.at[row] = this.#buckets[bucket] as number
    this.#buckets[bucket] = row
  }

  #rehash(): void {
    this.#buckets = new Int32Array(2 * this.#buckets.length).fill(none)
    for (let row = this.#oldest; row !== none; row = this.#newer.at[row] as number) {
      this.#putIntoBucket(row)
    }
  }
}
