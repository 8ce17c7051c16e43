// The date and time at the start of an entry of SystemOut.log, as the server's language writes it. Which number is the
// day and which the month is left open here: `date-order` finds it out.

/** The order of year, month and day. */
export type DateOrder = 'mdy' | 'dmy' | 'ymd'

export interface LogStamp {
  /** As written, without the milliseconds: `4/28/16 16:10:07 CEST`. */
  readonly text: string
  /** The date as written. */
  readonly date: string
  readonly numbers: readonly [number, number, number]
  /** The orders that the form leaves open. */
  readonly orders: readonly DateOrder[]
  /** Since midnight, in the zone of the server. */
  readonly dayMs: number
  readonly zone: string
}

const datePattern = /^(\d{1,4})([./-]) ?(\d{1,2})\2 ?(\d{1,4})\.?(?:, ?| +|T)/
const timePattern =
  /^(\d{1,2})[:.](\d{2})[:.](\d{2})(?:[:.,](\d{1,3}))? ?([AaPp][Mm]\b)? ?(\S[^\]]{0,39})?$/

/**
 * The text between the brackets. Undefined: not a date.
 * @example parseStamp('28.04.16 16:10:07:655 MESZ')?.text // '28.04.16 16:10:07 MESZ'
 */
export function parseStamp(text: string): LogStamp | undefined {
  const date = datePattern.exec(text)
  const time = date && timePattern.exec(text.slice(date[0].length))
  if (!date || !time) return undefined
  const [, a = '', separator = '', b = '', c = ''] = date
  const [, hour = '', minute = '', second = '', ms = '0', half, zone = ''] = time
  const hours = half === undefined ? Number(hour) : to24(Number(hour), half)
  const written = date[0].replace(/[, T]+$/, '')
  const clock = `${hour}:${minute}:${second}`
  return {
    text: [written, half === undefined ? clock : `${clock} ${half}`, zone].join(' ').trim(),
    date: written,
    numbers: [Number(a), Number(b), Number(c)],
    orders: ordersOf(date[0], { separator, first: a, last: c, zone }),
    dayMs: ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1_000 + Number(ms),
    zone,
  }
}

function to24(hour: number, half: string): number {
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
}

interface DateForm {
  readonly separator: string
  readonly first: string
  readonly last: string
  readonly zone: string
}

// Years of two digits stand last, except in Korean (with blanks), Japanese and Chinese. With slashes English has the month
// first, and others the day.
function ordersOf(
  written: string,
  { separator, first, last, zone }: DateForm,
): readonly DateOrder[] {
  if (first.length > 2) return ['ymd']
  if (separator === '.') return /\. \d/.test(written) && last.length < 3 ? ['ymd'] : ['dmy']
  const isEastern =
    last.length < 3 && (separator === '/' ? zone === 'JST' : /^(?:CST|HKT|GMT\+08:00)$/.test(zone))
  const western: readonly DateOrder[] = separator === '/' ? ['mdy', 'dmy'] : ['dmy']
  return isEastern ? [...western, 'ymd'] : western
}

/** Days since 1970. Undefined: no such day. */
export function dayOf({ numbers: [a, b, c] }: LogStamp, order: DateOrder): number | undefined {
  const [year, month, day] = { mdy: [c, a, b], dmy: [c, b, a], ymd: [a, b, c] }[order] as [
    number,
    number,
    number,
  ]
  const full = year < 100 ? 2_000 + year : year
  const date = new Date(Date.UTC(full, month - 1, day))
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isReal ? date.getTime() / dayMs : undefined
}

export const dayMs = 86_400_000

// Only zones that a server changes to and from within a year matter: they order the two hours of one night.
const hoursAhead: Record<string, number> = {
  ...{ CEST: 2, MESZ: 2, CET: 1, MEZ: 1, BST: 1, EEST: 3, EET: 2, WEST: 1, WET: 0, GMT: 0, UTC: 0 },
  ...{ EDT: -4, EST: -5, CDT: -5, MDT: -6, MST: -7, PDT: -7, PST: -8 },
}

/** Milliseconds since 1970, as the order reads the date. Zones that are not known count as UTC. */
export function timeOf(stamp: LogStamp, order: DateOrder): number {
  const offset = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?$/.exec(stamp.zone)
  const hours =
    offset === null
      ? (hoursAhead[stamp.zone] ?? 0)
      : (Number(offset[2]) + Number(offset[3] ?? 0) / 60) * (offset[1] === '-' ? -1 : 1)
  return (dayOf(stamp, order) ?? 0) * dayMs + stamp.dayMs - hours * 3_600_000
}

/** `2016-04-28 16:10:07 CEST`; as written when the order is not known. */
export function formatStamp(stamp: LogStamp, order: DateOrder | undefined): string {
  const day = order === undefined ? undefined : dayOf(stamp, order)
  if (day === undefined) return stamp.text
  const date = new Date(day * dayMs + stamp.dayMs).toISOString()
  return `${date.slice(0, 10)} ${date.slice(11, 19)} ${stamp.zone}`.trim()
}
