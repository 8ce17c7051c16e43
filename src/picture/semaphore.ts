// Limits how much is under way at once: photos fetched, pictures decoded, bytes in memory.

export interface Semaphore {
  /** Waits for its turn, first come first served. `units` must not exceed the semaphore's own. */
  hold<T>(units: number, work: () => Promise<T>): Promise<T>
}

export function buildSemaphore(units: number): Semaphore {
  let free = units
  const waiting: { units: number; start(): void }[] = []

  function release(count: number): void {
    free += count
    for (let next = waiting[0]; next !== undefined && next.units <= free; next = waiting[0]) {
      waiting.shift()
      free -= next.units
      next.start()
    }
  }

  return {
    hold: async (count, work) => {
      if (waiting.length > 0 || count > free) {
        await new Promise<void>(start => waiting.push({ units: count, start }))
      } else {
        free -= count
      }
      try {
        return await work()
      } finally {
        release(count)
      }
    },
  }
}
