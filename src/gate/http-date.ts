// HTTP dates, RFC 9110 section 5.6.7: the three forms and nothing else. Date.parse would accept more.

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const day = `(?:${days.join('|')})`
const longDay = '(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day'
const month = `(${months.join('|')})`
const time = '(\\d{2}):(\\d{2}):(\\d{2})'
const preferred = new RegExp(`^${day}, (\\d{2}) ${month} (\\d{4}) ${time} GMT$`)
const rfc850 = new RegExp(`^${longDay}, (\\d{2})-${month}-(\\d{2}) ${time} GMT$`)
const asctime = new RegExp(`^${day} ${month} ([ \\d]\\d) ${time} (\\d{4})$`)
// The longest form: Wednesday, 06-Nov-94 08:49:37 GMT.
const maxLength = 33

/**
 * Milliseconds since the epoch; undefined unless it is an existing date. The weekday is not checked.
 * @example parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT') // 784_111_777_000
 */
export function parseHttpDate(text: string | undefined, nowMs = Date.now()): number | undefined {
  if (text === undefined || text.length > maxLength) return undefined
  const [, dayOf, monthOf, yearOf, ...clock] =
    preferred.exec(text) ?? rfc850.exec(text) ?? inOrder(asctime.exec(text)) ?? []
  if (yearOf === undefined) return undefined
  const [hours = 0, minutes = 0, seconds = 0] = clock.map(Number)
  // 60 is a leap second, which Unix time does not have.
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined
  const timeIn = (year: number) => {
    const date = new Date(0)
    date.setUTCFullYear(year, months.indexOf(monthOf as string), Number(dayOf))
    // February 31 would become a day in March.
    return date.getUTCDate() === Number(dayOf)
      ? date.setUTCHours(hours, minutes, seconds)
      : undefined
  }
  return yearOf.length === 4 ? timeIn(Number(yearOf)) : latestOf(Number(yearOf), timeIn, nowMs)
}

/** The time in the latest year with these last digits that is at most 50 years ahead. */
function latestOf(
  digits: number,
  timeIn: (year: number) => number | undefined,
  nowMs: number,
): number | undefined {
  const limit = new Date(nowMs)
  limit.setUTCFullYear(limit.getUTCFullYear() + 50)
  const last = limit.getUTCFullYear()
  const year = last - ((((last - digits) % 100) + 100) % 100)
  const time = timeIn(year)
  return time !== undefined && time > limit.getTime() ? timeIn(year - 100) : time
}

function inOrder(match: RegExpExecArray | null): (string | undefined)[] | undefined {
  if (match === null) return undefined
  const [whole, monthOf, dayOf, hours, minutes, seconds, year] = match
  return [whole, dayOf, monthOf, year, hours, minutes, seconds]
}
