// The clients of a shard by their hash, in the order of their last request.
import { firstOwnInteger, HashIndex, none } from './hash-index.ts'
import { Rows, RowTable } from './row-table.ts'

const width = 3
const older = firstOwnInteger
const newer = older + 1

/** Gives each hash a row number while it is in the table. Hashes are safe integers. */
export class ClientTable {
  readonly #table = new RowTable(width)
  readonly #index = new HashIndex(this.#table)
  readonly #rows = new Rows()
  #oldest = none
  #newest = none

  get size(): number {
    return this.#rows.count
  }

  hashOf(row: number): number {
    return this.#index.hashOf(row)
  }

  /** The row that was touched longest ago, or `none`. */
  oldest(): number {
    return this.#oldest
  }

  find(hash: number): number | undefined {
    const row = this.#index.find(hash)
    return row === none ? undefined : row
  }

  /** The hash must not be in the table yet. */
  add(hash: number): number {
    const row = this.#rows.take()
    this.#table.reach(row)
    this.#index.add(hash, row)
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
    this.#index.remove(row)
    this.#rows.giveBack(row)
  }

  #append(row: number): void {
    const { integers } = this.#table
    integers[2 * width * row + older] = this.#newest
    integers[2 * width * row + newer] = none
    if (this.#newest === none) this.#oldest = row
    else integers[2 * width * this.#newest + newer] = row
    this.#newest = row
  }

  #unlink(row: number): void {
    const { integers } = this.#table
    const before = integers[2 * width * row + older] as number
    const after = integers[2 * width * row + newer] as number
    if (before === none) this.#oldest = after
    else integers[2 * width * before + newer] = after
    if (after === none) this.#newest = before
    else integers[2 * width * after + older] = before
  }
}
