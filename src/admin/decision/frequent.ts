// The keys that come most often, in bounded memory, however many keys there are (Misra and Gries, "Finding repeated
// elements", 1982).

export interface Frequent {
  /** Cost: constant on average. */
  add(key: string, count?: number): void
  /** The most frequent first. A count is too small by at most `missed`. */
  top(limit: number): [key: string, count: number][]
  /** All keys that are kept, in no order. */
  entries(): Iterable<[key: string, count: number]>
  /** By how much a count can be too small: 0 until more than `maxKeys` keys came. */
  readonly missed: number
}

/** `maxKeys`: how many keys are kept at once. */
export function buildFrequent(maxKeys: number): Frequent {
  const counts = new Map<string, number>()
  let missed = 0

  // Every key pays, so that a key that is frequent outlives a flood of keys that come once.
  function makeRoom(by: number): void {
    missed += by
    for (const [key, count] of counts) {
      if (count <= by) counts.delete(key)
      else counts.set(key, count - by)
    }
  }

  return {
    add: (key, count = 1) => {
      const known = counts.get(key)
      if (known !== undefined) {
        counts.set(key, known + count)
        return
      }
      let left = count
      while (left > 0 && counts.size >= maxKeys) {
        const by = left === 1 ? 1 : Math.min(left, ...counts.values())
        makeRoom(by)
        left -= by
      }
      if (left > 0) counts.set(key, left)
    },
    top: limit => [...counts].sort(byCount).slice(0, limit),
    entries: () => counts,
    get missed() {
      return missed
    },
  }
}

function byCount([a, left]: [string, number], [b, right]: [string, number]): number {
  return right - left || (a < b ? -1 : 1)
}
