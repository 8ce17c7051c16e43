// How many distinct people the clients of one rule, or of one pass, have asked for together: a guess from a thousand addresses stays
// below every client's budget, and shows here.
import type { AlarmLimit } from './ledger.ts'
import { PeopleLists } from './people-lists.ts'

export interface AlarmWindow {
  /** People that it remembers. */
  readonly people: number
  /** Counts the person. True when there are more than the limit, at most once a window. */
  passes(person: number, limit: AlarmLimit, nowMs: number): boolean
}

// All clients share one list.
const everybody = 0

/** `onPeople` is called with how many more people it remembers. */
export function buildAlarmWindow(onPeople: (change: number) => void = () => {}): AlarmWindow {
  const lists = new PeopleLists()
  lists.open(everybody)
  let raisedMs = Number.NEGATIVE_INFINITY
  return {
    get people() {
      return lists.size
    },
    passes: (person, { people, perMs }, nowMs) => {
      const before = lists.size
      lists.forget(everybody, nowMs - perMs)
      const asked = { isMissing: false, nowMs }
      if (!lists.touch(everybody, person, asked)) lists.append(everybody, person, asked)
      // One more than the limit says enough.
      while (lists.size > people + 1) lists.dropOldest(everybody)
      onPeople(lists.size - before)
      const isDue = lists.size > people && nowMs - raisedMs >= perMs
      if (isDue) raisedMs = nowMs
      return isDue
    },
  }
}
