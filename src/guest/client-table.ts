// The clients of a shard by their hash, in the order of their last request.
import { integers, Rows } from './columns.ts'
import { HashIndex, none } from './hash-index.ts'

/** Gives each hash a row number while it is in the table. Hashes are safe integers. */
export class ClientTable {
  readonly #index = new HashIndex()
  readonly #older = integers()
  readonly #newer = integers()
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
    this.#older.reach(row)
    this.#newer.reach(row)
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
}
