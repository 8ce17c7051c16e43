// A replay's result as a report: first what changes, then for which networks, then what the numbers are based on. Words and
// tables as values, and all of it as text; report/replay-page.ts makes a page of the same values.
import type { Table } from '../text/table.ts'
import { formatTables } from '../text/table.ts'
import { describeBudgets } from './budget-report.ts'
import type { ReplayResult } from './replay.ts'
import type { Origin, ReportNames } from './report-origin.ts'
import { originOf, remarksOn } from './report-origin.ts'
import type { ReportBounds } from './report-tables.ts'
import { tablesOf } from './report-tables.ts'

const boundsOfText: ReportBounds = { networks: 10, photosOfNetwork: 2, photos: 0 }

export interface ReplayReport {
  /** The summary in one sentence. */
  readonly verdict: string
  readonly origin: Origin
  /** Without those that have no rows. */
  readonly tables: readonly Table[]
  /** A text for each rule with a budget, with a line for each client over it, and remarks. */
  readonly budgets: readonly string[]
  readonly remarks: readonly string[]
}

export function buildReport(
  result: ReplayResult,
  names: ReportNames,
  bounds: ReportBounds = boundsOfText,
): ReplayReport {
  return {
    verdict: verdictOf(result),
    origin: originOf(result, names),
    tables: tablesOf(result, names, bounds),
    budgets: describeBudgets(result.budgets),
    remarks: remarksOn(result),
  }
}

export function formatReport({ verdict, origin, tables, budgets, remarks }: ReplayReport): string {
  const lines = origin.map(([label, text]) => `${label.padEnd(7)}  ${text}`)
  return [verdict, lines.join('\n'), ...formatTables(tables), ...budgets, ...remarks].join('\n\n')
}

function verdictOf({ totals: { all, changes, outcomes } }: ReplayResult): string {
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

function number(value: number): string {
  return value.toLocaleString('en-US')
}
