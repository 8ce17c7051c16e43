// Tables whose columns are typed arrays: a million rows are no objects for the garbage collector, which would stop
// the process for a third of a second to look at them.

/** One typed array that grows. Reads of rows never written are 0. */
export class Column<A extends Float64Array | Int32Array> {
  at: A
  readonly #make: (rows: number) => A

  constructor(make: (rows: number) => A) {
    this.#make = make
    this.at = make(8)
  }

  /** Makes room for that row. */
  reach(row: number): void {
    if (row < this.at.length) return
    const larger = this.#make(Math.max(2 * this.at.length, row + 1))
    larger.set(this.at)
    this.at = larger
  }
}

export const doubles = () => new Column(rows => new Float64Array(rows))
export const integers = () => new Column(rows => new Int32Array(rows))

/** Hands out row numbers, and takes them back. */
export class Rows {
  #used = 0
  readonly #free: number[] = []

  take(): number {
    return this.#free.pop() ?? this.#used++
  }

  giveBack(row: number): void {
    this.#free.push(row)
  }

  get count(): number {
    return this.#used - this.#free.length
  }
}
