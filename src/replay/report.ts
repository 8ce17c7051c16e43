// A replay's result as text: first what changes, then for which networks, then what the numbers are based on.
import { printable } from '../text/printable.ts'
import type { Table, TableRow } from '../text/table.ts'
import { formatTables } from '../text/table.ts'
import { describeBudgets } from './budget-report.ts'
import type { DoubtCount, NetworkRow } from './counters.ts'
import type { OutcomeDoubt } from './judge.ts'
import type { ReplayResult } from './replay.ts'
import type { ChangeKind } from './tally.ts'
import type { TopRows } from './top-rows.ts'

export interface ReportNames {
  /** The configuration's file. */
  readonly config: string
  /** The previous configuration's file. Undefined: the log's status says what was before. */
  readonly against: string | undefined
}

const titles: Record<ChangeKind, string> = {
  newlyTurnedAway: 'newly turned away',
  newlyAdmitted: 'newly admitted',
  perhapsTurnedAway: 'perhaps turned away',
  perhapsAdmitted: 'perhaps admitted',
}
const kinds = Object.keys(titles) as ChangeKind[]
const maxRows = 10
const maxPhotos = 2
const columns = { requests: 'requests', clients: 'clients' }

export function formatReport(result: ReplayResult, names: ReportNames): string {
  const tables = [
    changesTable(result),
    rulesTable(result),
    ...kinds.map(kind => networksTable(result, kind)),
    doubtsTable(result, names),
    linesTable(result),
  ].filter(({ rows }) => rows.length > 0)
  const sections = [formatVerdict(result), describeOrigin(result, names), ...formatTables(tables)]
  const budgets = describeBudgets(result.budgets)
  return [...sections, ...budgets, ...describeLimits(result)].join('\n\n')
}

// The summary in one sentence.
function formatVerdict({ totals: { all, changes, outcomes } }: ReplayResult): string {
  const perhaps = changes.perhapsTurnedAway.requests + changes.perhapsAdmitted.requests
  const same = outcomes.admitted.admitted + outcomes['turned-away']['turned-away']
  const parts = [
    `${number(changes.newlyTurnedAway.requests)} newly turned away`,
    `${number(changes.newlyAdmitted.requests)} newly admitted`,
    `${number(same)} unchanged`,
    ...(perhaps === 0 ? [] : [`${number(perhaps)} cannot be known`]),
  ]
  return `${number(all.requests)} requests for photos: ${parts.join(', ')}`
}

function describeOrigin(result: ReplayResult, { config, against }: ReportNames): string {
  const { period, logs } = result
  const asLogged =
    'by logged status: 200, 206, 304, 404 admitted; 301, 302, 303, 307, 401, 403 turned away'
  const lines = [
    `logs     ${logs.map(({ file }) => printable(file)).join(', ')}`,
    `now      ${printable(config)}`,
    `before   ${printable(against ?? asLogged)}`,
  ]
  if (period !== null) {
    lines.push(`period   ${minute(period.firstMs)} to ${minute(period.lastMs)} UTC`)
  }
  if (logs.some(({ clientField }) => clientField !== null)) {
    const fields = logs.map(({ clientField }) => clientField)
    lines.push(`clients  ${describeFields(result, fields, '%h')}, from the right past the proxies`)
  }
  if (result.asksForCookies) lines.push(`cookies  ${describeCookies(result)}`)
  return lines.join('\n')
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

function changesTable({ totals }: ReplayResult): Table {
  const { outcomes, changes } = totals
  const admitted = outcomes.admitted.admitted
  const away = outcomes['turned-away']['turned-away']
  const rowOf = (kind: ChangeKind, detail = ''): TableRow => ({
    name: titles[kind],
    requests: number(changes[kind].requests),
    clients: number(changes[kind].clients),
    detail,
  })
  const perhaps = kinds.filter(kind => kind.startsWith('perhaps') && changes[kind].requests > 0)
  return {
    head: { name: 'what changes', ...columns },
    rows: [
      rowOf('newlyTurnedAway'),
      rowOf('newlyAdmitted'),
      {
        name: 'unchanged',
        requests: number(admitted + away),
        detail: `${number(admitted)} admitted, ${number(away)} turned away`,
      },
      ...perhaps.map(kind => rowOf(kind, 'cannot be known, see below')),
    ],
  }
}

function rulesTable({ totals }: ReplayResult): Table {
  const { requests, clients } = totals.turnedAway
  return {
    head: { name: 'admitted by rule', ...columns },
    rows: [
      ...totals.rules.map(rule => ({
        name: rule.name,
        requests: number(rule.requests),
        clients: number(rule.clients),
        detail: rule.perhaps === 0 ? '' : `perhaps ${number(rule.perhaps)} more`,
      })),
      { name: '(turned away)', requests: number(requests), clients: number(clients) },
    ],
  }
}

function networksTable({ totals }: ReplayResult, kind: ChangeKind): Table {
  const { networks } = totals.changes[kind]
  const rows = networks.rows.slice(0, maxRows).map(({ key, requests, clients, photos }) => ({
    name: key,
    requests: number(requests),
    clients: number(clients),
    detail: describePhotos(photos),
  }))
  return {
    head: { name: `${titles[kind]}, by network`, ...columns, detail: 'photos asked for most' },
    rows: [...rows, ...otherRow(networks)],
  }
}

function describePhotos({ rows, otherRequests }: NetworkRow['photos']): string {
  const texts = rows.slice(0, maxPhotos).map(({ key, requests }) => `${key} ${number(requests)}`)
  const others = sumOf(rows.slice(maxPhotos)) + otherRequests
  return [...texts, ...(others === 0 ? [] : [`others ${number(others)}`])].join(', ')
}

function otherRow({ rows, otherRequests, isIncomplete }: TopRows<NetworkRow>): TableRow[] {
  const requests = sumOf(rows.slice(maxRows)) + otherRequests
  if (requests === 0) return []
  const detail = isIncomplete
    ? 'too many networks to count them all: the numbers above are lower bounds'
    : ''
  return [{ name: '(others)', requests: number(requests), detail }]
}

const doubtNames: Record<OutcomeDoubt, string> = {
  'no-cookies': 'cookies were not logged',
  'no-client': 'client was not logged',
  'no-people': 'photo folder was not read',
  status: 'status does not tell',
}

function doubtsTable({ totals }: ReplayResult, { against }: ReportNames): Table {
  const rows = totals.doubts.map(row => ({
    name: doubtNames[row.doubt],
    requests: number(row.requests),
    detail: describeDoubt(row, against),
  }))
  return { head: { name: 'cannot be known', requests: columns.requests }, rows }
}

function describeDoubt({ of, rules }: DoubtCount, against: string | undefined): string {
  if (rules.length === 0) return 'were they admitted before?'
  const names = rules.join(' or ')
  return of === 'after'
    ? `would ${names} admit them?`
    : `did ${names} of ${printable(against ?? '')} admit them?`
}

function linesTable(result: ReplayResult): Table {
  const { lines, notUnderstoodAt, totals, virtualHosts, clientsAreIncomplete } = result
  const places = notUnderstoodAt.map(({ file, line }) => `${printable(file)}:${line}`)
  const more =
    lines.notUnderstood > places.length
      ? [`and ${number(lines.notUnderstood - places.length)} more`]
      : []
  const rows: [string, number, string][] = [
    [
      'requests for photos',
      lines.photos,
      `of ${clientsAreIncomplete ? 'at least ' : ''}${number(totals.all.clients)} clients`,
    ],
    ['no photo', lines.noPhoto, 'other paths and methods'],
    ['other virtual hosts', lines.otherHosts, `there are ${virtualHosts.join(', ')}`],
    ['not understood', lines.notUnderstood, [...places, ...more].join(', ')],
  ]
  return {
    head: { name: 'lines read', requests: number(lines.all) },
    rows: rows
      .filter(([, count], at) => at === 0 || count > 0)
      .map(([name, count, detail]) => ({ name, requests: number(count), detail })),
  }
}

function describeLimits(result: ReplayResult): string[] {
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

function sumOf(rows: readonly { readonly requests: number }[]): number {
  return rows.reduce((sum, { requests }) => sum + requests, 0)
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
