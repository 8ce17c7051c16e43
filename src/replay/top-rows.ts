// The rows with the most requests, by key, in bounded memory. When there are too many rows, the half with the fewest
// requests is dropped, and their requests are counted together. So the top rows are those of the whole log, and the
// count of a row that was dropped and came again is a lower bound.

export interface CountedRow {
  requests: number
}

export interface TopRows<Row> {
  /** Sorted, most requests first, and by key where they are equal. */
  readonly rows: readonly (Row & { readonly key: string })[]
  /** Requests of rows that are not listed. */
  readonly otherRequests: number
  /** Whether rows were dropped, so that counts are lower bounds. */
  readonly isIncomplete: boolean
}

export class RowCounter<Row extends CountedRow> {
  readonly #maxRows: number
  readonly #create: () => Row
  readonly #rows = new Map<string, Row>()
  #droppedRequests = 0

  /** `maxRows`: rows that are held at any time. `create`: makes a row without requests. */
  constructor(maxRows: number, create: () => Row) {
    this.#maxRows = maxRows
    this.#create = create
  }

  /** Counts one request of the row, and returns the row. Keeps the key: pass a copy instead of a slice. */
  count(key: string): Row {
    let row = this.#rows.get(key)
    if (row === undefined) {
      if (this.#rows.size >= this.#maxRows) this.#dropHalf()
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

  #dropHalf(): void {
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
