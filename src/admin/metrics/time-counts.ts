// How long requests took, in buckets: what a histogram of Prometheus is made of.

/** Upper bounds in seconds: from an answer out of memory to what nobody waits for. */
export const bucketSeconds: readonly number[] = [
  0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

export interface TimeCounts {
  note(milliseconds: number): void
  /** Requests of each bucket alone; the last is for those above all bounds. */
  readonly buckets: Float64Array
  readonly sumSeconds: number
}

const boundsMs = Float64Array.from(bucketSeconds, seconds => seconds * 1_000)

export function buildTimeCounts(): TimeCounts {
  const buckets = new Float64Array(bucketSeconds.length + 1)
  let sumMs = 0
  return {
    note: milliseconds => {
      sumMs += milliseconds
      let at = 0
      // Nearly all are in the first few.
      while (at < boundsMs.length && milliseconds > (boundsMs[at] as number)) at++
      buckets[at] = (buckets[at] as number) + 1
    },
    buckets,
    get sumSeconds() {
      return sumMs / 1_000
    },
  }
}
