// Which number of a log's dates is the day and which the month. Only the log itself counts as proof: a number that is no
// month, dates that would run backwards or lie ahead, or the name that WebSphere gave the file when it was rotated.
import type { DateOrder, LogStamp } from './log-stamp.ts'
import { dayMs, dayOf } from './log-stamp.ts'

// Connections has CCM since 2013. Earlier dates are misread ones.
const firstDay = Date.UTC(2_012, 0, 1) / dayMs

export interface DateOrderFinder {
  /** Call it for each date, in the order of the entries. */
  see(stamp: LogStamp): void
  /** The orders that are still possible. `name`: the name of the file. */
  result(name: string): readonly DateOrder[]
}

/** `now`: milliseconds since 1970; no entry is later than a day from it. */
export function buildDateOrderFinder(now: number): DateOrderFinder {
  const lastDay = Math.floor(now / dayMs) + 1
  const days = new Map<DateOrder, number>()
  let open: readonly DateOrder[] | undefined
  let seen: string | undefined
  const isPossible = (stamp: LogStamp, order: DateOrder): boolean => {
    const day = dayOf(stamp, order)
    if (day === undefined || day < firstDay || day > lastDay) return false
    // Around midnight threads write a little out of order.
    if (day < (days.get(order) ?? day) - 1) return false
    days.set(order, day)
    return true
  }
  return {
    see: stamp => {
      if (stamp.date === seen) return
      seen = stamp.date
      const possible = (open ?? stamp.orders).filter(order => isPossible(stamp, order))
      // A server whose language or clock was changed gives no order at all; then nothing is ruled out by it.
      if (possible.length > 0) open = possible
    },
    result: name => {
      const rotated = rotationDay(name)
      const near = (open ?? []).filter(
        order => rotated !== undefined && Math.abs((days.get(order) ?? 0) - rotated) <= 1,
      )
      return near.length > 0 ? near : (open ?? [])
    },
  }
}

/** The day in `SystemOut_16.04.28_23.59.59.log`, since 1970. */
function rotationDay(name: string): number | undefined {
  const [, year, month, day] =
    /_(\d\d)\.(\d\d)\.(\d\d)_\d\d\.\d\d\.\d\d(?:\.log)?(?:\.gz)?$/i.exec(name) ?? []
  if (year === undefined) return undefined
  return Date.UTC(2_000 + Number(year), Number(month) - 1, Number(day)) / dayMs
}
