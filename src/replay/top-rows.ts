// The rows with the most requests, by key, in bounded memory. When there are too many, those with the fewest are
// let go, half of them at once; what they had is counted together. So the rows at the top are those of the
// whole log, and a row that came, went and came again may have more than it says.

export interface CountedRow {
  requests: number
}

export interface TopRows<Row> {
  /** Sorted, most requests first, and by key where they are equal. */
  readonly rows: readonly (Row & { readonly key: string })[]
  /** Requests of rows that are not listed. */
  readonly otherRequests: number
  /** Rows were let go: counts are at least what they say. */
  readonly isIncomplete: boolean
}

export class RowCounter<Row extends CountedRow> {
  readonly #maxRows: number
  readonly #create: () => Row
  readonly #rows = new Map<string, Row>()
  #droppedRequests = 0

  /** `most`: rows that are held at any time. `create`: a row with no request yet. */
  constructor(maxRows: number, create: () => Row) {
    this.#maxRows = maxRows
    this.#create = create
  }

  /** Counts one request of the row, and returns it. The key is kept: it should not hang on a longer text. */
  count(key: string): Row {
    let row = this.#rows.get(key)
    if (row === undefined) {
      if (this.#rows.size >= this.#maxRows) this.#letGo()
      row = this.#create()
      this.#rows.set(key, row)
    }
    row.requests++
    return row
  }

  /** At most `count` rows. */
  top(count: number): TopRows<Row> {
    const sorted = [...this.#rows].sort(byRequests)
    const others = sorted.slice(count)
    return {
      rows: sorted.slice(0, count).map(([key, row]) => ({ key, ...row })),
      otherRequests: others.reduce(
        (sum, [, { requests }]) => sum + requests,
        this.#droppedRequests,
      ),
      isIncomplete: this.#droppedRequests > 0,
    }
  }

  #letGo(): void {
    const fewest = [...this.#rows].sort(byRequests).slice(this.#rows.size >>> 1)
    for (const [key, { requests }] of fewest) {
      this.#rows.delete(key)
      this.#droppedRequests += requests
    }
  }
}

function byRequests(
  [a, { requests: some }]: [string, CountedRow],
  [b, { requests: more }]: [string, CountedRow],
) {
  return more - some || (a < b ? -1 : 1)
}
