// Tables of numbers, each in one typed array: a million rows are no objects for the garbage collector, which would stop
// the process for a third of a second to look at them. All numbers of a row lie side by side: each photo that is sent
// pushes the rest out of the processor's caches, so every line of memory that is read costs 0.1 microseconds.

/** Fields are whole or half: `doubles[row * width + field]`, or `integers[2 * row * width + field]` in the same bytes. */
export class RowTable {
  /** Doubles of a row. */
  readonly width: number
  doubles: Float64Array
  integers: Int32Array

  constructor(width: number) {
    this.width = width
    this.doubles = new Float64Array(8 * width)
    this.integers = new Int32Array(this.doubles.buffer)
  }

  /** Makes room for that row. Fields never written are 0. */
  reach(row: number): void {
    const least = (row + 1) * this.width
    if (least <= this.doubles.length) return
    const larger = new Float64Array(Math.max(2 * this.doubles.length, least))
    larger.set(this.doubles)
    this.doubles = larger
    this.integers = new Int32Array(larger.buffer)
  }
}

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
