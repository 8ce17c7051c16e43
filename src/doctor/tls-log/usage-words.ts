// What is said of a usage: when, who, and whether it grows. Days are those of UTC.
import { printable } from '../../text/printable.ts'
import type { Usage } from './usage.ts'

const week = 7
// Of the seven: a server that nobody uses at weekends logs on five.
const minLoggedDays = 5

/** By day: requests that the logs have at all. */
export type LoggedDays = ReadonlyMap<number, number>

/** Whether it grows, or why that cannot be said. */
export function describeTrend(usage: Usage, logged: LoggedDays): string {
  if (usage.days.size === 0) return 'The lines have no time, so nothing is known of its growth.'
  const first = Math.min(...logged.keys(), ...usage.days.keys())
  const last = Math.max(...logged.keys(), ...usage.days.keys())
  const silent = last - Math.max(...usage.days.keys())
  const none = silent > 1 ? `None in the last ${silent} days of the logs. ` : ''
  const covered = last - first + 1
  if (covered < 2 * week) {
    return `${none}The logs cover ${days(covered)}: too few to say whether it grows.`
  }
  const weeks = [last - week + 1, last - 2 * week + 1]
  if (weeks.some(start => daysIn(logged, usage.days, start) < minLoggedDays)) {
    return `${none}The logs lack days of the last two weeks, so whether it grows is not known.`
  }
  const [recent = 0, before = 0] = weeks.map(start => sumIn(usage.days, start))
  const counts = `${number(recent)} in the last 7 days of the logs, ${number(before)} in the 7 before`
  if (recent === 0 && before === 0) return none.trim()
  return `${none}${directionOf(recent, before)}: ${counts}.`
}

// Requests come in bursts: less than twice the spread of a random count, or less than a fifth, is no change.
function directionOf(recent: number, before: number): string {
  const change = Math.abs(recent - before)
  if (change <= 2 * Math.sqrt(recent + before) || change * 5 < before) return 'About the same'
  return recent > before ? 'Growing' : 'Falling'
}

function daysIn(logged: LoggedDays, used: LoggedDays, start: number): number {
  return daysFrom(start).filter(day => logged.has(day) || used.has(day)).length
}

function sumIn(counts: LoggedDays, start: number): number {
  return daysFrom(start).reduce((sum, day) => sum + (counts.get(day) ?? 0), 0)
}

function daysFrom(start: number): number[] {
  return Array.from({ length: week }, (_, at) => start + at)
}

/** @example describePeriod(0, 3_600_000) // 'from 1970-01-01 00:00 to 1970-01-01 01:00 UTC' */
export function describePeriod(firstMs: number | undefined, lastMs: number | undefined): string {
  if (firstMs === undefined || lastMs === undefined) return 'at times that are not logged'
  return minute(firstMs) === minute(lastMs)
    ? `at ${minute(firstMs)} UTC`
    : `from ${minute(firstMs)} to ${minute(lastMs)} UTC`
}

export function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}

export function days(count: number): string {
  return count === 1 ? 'one day' : `${number(count)} days`
}

const maxClients = 5
const maxNames = 6

/** The clients with the most requests, and how many more there are. */
export function describeClients({ clients }: Usage): string {
  const top = topClients(clients, maxClients)
  const more = clients.size - top.length
  const texts = top.map(({ client, requests }) => `${printable(client)} (${number(requests)})`)
  return `${texts.join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}`
}

/** Most requests first. */
export function topClients(
  clients: Usage['clients'],
  count: number,
): { readonly client: string; readonly requests: number }[] {
  return [...clients]
    .map(([client, { requests }]) => ({ client, requests }))
    .sort((a, b) => b.requests - a.requests || (a.client < b.client ? -1 : 1))
    .slice(0, count)
}

/** `14 clients`; `at least` when more than could be counted. */
export function countClients({ clients, uncountedRequests, requests }: Usage): string {
  if (clients.size === 0) return 'clients that are not logged'
  const isKnown = uncountedRequests === 0 || uncountedRequests === requests
  return `${isKnown ? '' : 'at least '}${counted(clients.size, 'client')}`
}

/** Purposes with their requests, most first. */
export function describePurposes({ purposes }: Usage): string {
  const { rows, otherRequests } = purposes.top(maxNames)
  const texts = rows.map(({ key, requests }) => `${printable(key)} ${number(requests)}`)
  return [...texts, ...(otherRequests > 0 ? [`others ${number(otherRequests)}`] : [])].join(', ')
}

export function counted(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`
}

export function number(value: number): string {
  return value.toLocaleString('en-US')
}
