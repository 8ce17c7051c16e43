// How many distinct people the clients of one rule have asked for together: a guess from a thousand addresses stays
// below every client's budget, and shows here.
import type { AlarmLimit } from './ledger.ts'

export interface AlarmWindow {
  /** Counts the person. True when this passes the limit, and not again until the count has fallen below it. */
  passes(person: number, limit: AlarmLimit, nowMs: number): boolean
}

export function buildAlarmWindow(): AlarmWindow {
  // In the order of the last request.
  const askedMs = new Map<number, number>()
  let isRaised = false

  function forget({ people, perMs }: AlarmLimit, nowMs: number): void {
    for (const [person, ms] of askedMs) {
      // One more than the limit says enough.
      if (ms > nowMs - perMs && askedMs.size <= people + 1) return
      askedMs.delete(person)
    }
  }

  return {
    passes: (person, limit, nowMs) => {
      askedMs.delete(person)
      askedMs.set(person, nowMs)
      forget(limit, nowMs)
      const isPast = askedMs.size > limit.people
      const isNew = isPast && !isRaised
      isRaised = isPast
      return isNew
    },
  }
}
