// What the numbers of a replay are based on, in words: the logs, the configurations, and what the logs do not tell.
import { printable } from '../text/printable.ts'
import type { ReplayResult } from './replay.ts'

export interface ReportNames {
  /** The configuration's file. */
  readonly config: string
  /** The previous configuration's file. Undefined: the log's status says what was before. */
  readonly against: string | undefined
}

/** Labels and texts. */
export type Origin = readonly (readonly [label: string, text: string])[]

/** Where the numbers come from: what was read, and what it was judged by. */
export function originOf(result: ReplayResult, { config, against }: ReportNames): Origin {
  const { period, logs } = result
  const asLogged =
    'by logged status: 200, 206, 304, 404 admitted; 301, 302, 303, 307, 401, 403 turned away'
  const rows: [string, string][] = [
    ['logs', logs.map(({ file }) => printable(file)).join(', ')],
    ['now', printable(config)],
    ['before', printable(against ?? asLogged)],
  ]
  if (period !== null) {
    rows.push(['period', `${minute(period.firstMs)} to ${minute(period.lastMs)} UTC`])
  }
  if (logs.some(({ clientField }) => clientField !== null)) {
    const fields = logs.map(({ clientField }) => clientField)
    const named = describeFields(result, fields, '%h')
    rows.push(['clients', `${named}, from the right past the proxies`])
  }
  if (result.asksForCookies) rows.push(['cookies', describeCookies(result)])
  return rows
}

function describeCookies(result: ReplayResult): string {
  const fields = result.logs.map(({ cookieField }) => cookieField)
  return fields.every(field => field === null)
    ? 'none found; if the LogFormat has "%{Cookie}i", say which item it is: --cookie-field N'
    : describeFields(result, fields, 'none')
}

function describeFields(
  { logs }: ReplayResult,
  fields: readonly (number | null)[],
  none: string,
): string {
  const [first] = fields
  if (fields.every(field => field === first)) return `field ${first} of each line`
  const fieldOf = (field: number | null | undefined) =>
    typeof field === 'number' ? `field ${field}` : none
  return logs.map(({ file }, at) => `${printable(file)}: ${fieldOf(fields[at])}`).join(', ')
}

/** What an administrator must know about the numbers. */
export function remarksOn(result: ReplayResult): string[] {
  const { virtualHosts, lines, clientsAreIncomplete, unknownFronts } = result
  const remarks = []
  if (unknownFronts.requests > 0) {
    const { addresses, requests } = unknownFronts
    const named = addresses.map(printable).join(', ')
    remarks.push(
      `${number(requests)} ${requests === 1 ? 'request' : 'requests'} came through ${named}, which is not in proxies: the gate would treat the balancer as the client. If it is also in front of the gate, add it to proxies.`,
    )
  }
  if (virtualHosts.length > 1 && lines.otherHosts === 0) {
    remarks.push(
      `The log has several virtual hosts (${virtualHosts.join(', ')}): --vhost selects one.`,
    )
  }
  if (clientsAreIncomplete) {
    remarks.push(
      'There are too many clients to count them all: numbers of clients are lower bounds.',
    )
  }
  return remarks
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
