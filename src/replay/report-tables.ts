// The tables of a replay's report: what changes, by rule, by network and by photo, what cannot be known, and the lines.
import { printable } from '../text/printable.ts'
import type { Tone } from '../text/styled.ts'
import type { Table, TableRow } from '../text/table.ts'
import type { DoubtCount, NetworkRow } from './counters.ts'
import type { OutcomeDoubt } from './judge.ts'
import type { ReplayResult } from './replay.ts'
import type { ReportNames } from './report-origin.ts'
import type { ChangeKind } from './tally.ts'
import type { TopRows } from './top-rows.ts'

/** How many rows the lists have at most. */
export interface ReportBounds {
  readonly networks: number
  /** Photos that are named beside a network. */
  readonly photosOfNetwork: number
  /** Photos in tables of their own; 0: there are no such tables. */
  readonly photos: number
}

const titles: Record<ChangeKind, string> = {
  newlyTurnedAway: 'newly turned away',
  newlyAdmitted: 'newly admitted',
  perhapsTurnedAway: 'perhaps turned away',
  perhapsAdmitted: 'perhaps admitted',
}
const tones: Record<ChangeKind, Tone> = {
  newlyTurnedAway: 'bad',
  newlyAdmitted: 'good',
  perhapsTurnedAway: 'doubt',
  perhapsAdmitted: 'doubt',
}
const kinds = Object.keys(titles) as ChangeKind[]
const columns = { requests: 'requests', clients: 'clients' }

/** Without those that have no rows. */
export function tablesOf(result: ReplayResult, names: ReportNames, bounds: ReportBounds): Table[] {
  return [
    changesTable(result),
    rulesTable(result),
    ...kinds.map(kind => networksTable(result, kind, bounds)),
    ...kinds.map(kind => photosTable(result, kind, bounds)),
    doubtsTable(result, names),
    linesTable(result),
  ].filter(({ rows }) => rows.length > 0)
}

function changesTable({ totals }: ReplayResult): Table {
  const { all, outcomes, changes } = totals
  const admitted = outcomes.admitted.admitted
  const away = outcomes['turned-away']['turned-away']
  const rowOf = (kind: ChangeKind, detail = ''): TableRow => ({
    name: titles[kind],
    ...counted(changes[kind].requests, all.requests),
    clients: number(changes[kind].clients),
    tone: tones[kind],
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
        ...counted(admitted + away, all.requests),
        detail: `${number(admitted)} admitted, ${number(away)} turned away`,
      },
      ...perhaps.map(kind => rowOf(kind, 'cannot be known, see below')),
    ],
  }
}

function rulesTable({ totals: { all, rules, turnedAway } }: ReplayResult): Table {
  const rowOf = ({ requests, clients }: { requests: number; clients: number }) => ({
    ...counted(requests, all.requests),
    clients: number(clients),
  })
  return {
    head: { name: 'admitted by rule', ...columns },
    rows: [
      ...rules.map(rule => ({
        name: rule.name,
        ...rowOf(rule),
        tone: 'good' as const,
        detail: rule.perhaps === 0 ? '' : `perhaps ${number(rule.perhaps)} more`,
      })),
      { name: '(turned away)', ...rowOf(turnedAway), tone: 'bad' },
    ],
  }
}

function networksTable({ totals }: ReplayResult, kind: ChangeKind, bounds: ReportBounds): Table {
  const { networks, requests: all } = totals.changes[kind]
  const rows = networks.rows
    .slice(0, bounds.networks)
    .map(({ key, requests, clients, photos }) => ({
      name: key,
      ...counted(requests, all),
      clients: number(clients),
      tone: tones[kind],
      detail: describePhotos(photos, bounds.photosOfNetwork),
    }))
  return {
    head: { name: `${titles[kind]}, by network`, ...columns, detail: 'photos asked for most' },
    rows: [...rows, ...otherRow(networks, { what: 'networks', listed: bounds.networks, of: all })],
  }
}

function photosTable({ totals }: ReplayResult, kind: ChangeKind, bounds: ReportBounds): Table {
  const { photos, requests: all } = totals.changes[kind]
  const head = { name: `${titles[kind]}, by photo`, requests: columns.requests }
  if (bounds.photos === 0) return { head, rows: [] }
  const rows = photos.rows
    .slice(0, bounds.photos)
    .map(({ key, requests }) => ({ name: key, ...counted(requests, all), tone: tones[kind] }))
  return {
    head,
    rows: [...rows, ...otherRow(photos, { what: 'photos', listed: bounds.photos, of: all })],
  }
}

function describePhotos({ rows, otherRequests }: NetworkRow['photos'], named: number): string {
  const texts = rows.slice(0, named).map(({ key, requests }) => `${key} ${number(requests)}`)
  const others = sumOf(rows.slice(named)) + otherRequests
  return [...texts, ...(others === 0 ? [] : [`others ${number(others)}`])].join(', ')
}

function otherRow(
  { rows, otherRequests, isIncomplete }: TopRows<{ requests: number }>,
  { what, listed, of }: { readonly what: string; readonly listed: number; readonly of: number },
): TableRow[] {
  const requests = sumOf(rows.slice(listed)) + otherRequests
  if (requests === 0) return []
  const detail = isIncomplete
    ? `too many ${what} to count them all: the numbers above are lower bounds`
    : ''
  return [{ name: '(others)', ...counted(requests, of), detail }]
}

const doubtNames: Record<OutcomeDoubt, string> = {
  'no-cookies': 'cookies were not logged',
  'no-client': 'client was not logged',
  'no-people': 'photo folder was not read',
  status: 'status does not tell',
}

function doubtsTable({ totals }: ReplayResult, { against }: ReportNames): Table {
  const all = sumOf(totals.doubts)
  const rows = totals.doubts.map(row => ({
    name: doubtNames[row.doubt],
    ...counted(row.requests, all),
    tone: 'doubt' as const,
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
      .map(([name, count, detail]) => ({ name, ...counted(count, lines.all), detail })),
  }
}

function counted(requests: number, of: number) {
  return { requests: number(requests), share: of === 0 ? 0 : requests / of }
}

function sumOf(rows: readonly { readonly requests: number }[]): number {
  return rows.reduce((sum, { requests }) => sum + requests, 0)
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
