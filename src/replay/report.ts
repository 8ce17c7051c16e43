// A replay's result as a report: first what changes, then for which networks, then what the numbers are based on. Words and
// tables as values, and all of it as text; report/replay-page.ts makes a page of the same values.
import type { BarLook } from '../text/bar.ts'
import type { StyledText, Tone } from '../text/styled.ts'
import { joinStyled, styled } from '../text/styled.ts'
import type { Table } from '../text/table.ts'
import { styleTables } from '../text/table.ts'
import { describeBudgets } from './budget-report.ts'
import type { ReplayResult } from './replay.ts'
import type { Origin, ReportNames } from './report-origin.ts'
import { originOf, remarksOn } from './report-origin.ts'
import type { ReportBounds } from './report-tables.ts'
import { tablesOf } from './report-tables.ts'

const boundsOfText: ReportBounds = { networks: 10, photosOfNetwork: 2, photos: 0 }

export interface ReplayReport {
  /** The summary in one sentence. */
  readonly verdict: StyledText
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

/** `bars`: how bars look; undefined: there are none. */
export function formatReport(report: ReplayReport, bars?: BarLook): StyledText {
  const { verdict, origin, tables, budgets, remarks } = report
  const lines = origin.map(([label, text]) => [styled(label.padEnd(7), 'faint'), `  ${text}`])
  const texts = [...budgets, ...remarks].map(text => [text])
  const parts = [verdict, joinStyled(lines, '\n'), ...styleTables(tables, bars), ...texts]
  return joinStyled(parts, '\n\n')
}

function verdictOf({ totals: { all, changes, outcomes } }: ReplayResult): StyledText {
  const perhaps = changes.perhapsTurnedAway.requests + changes.perhapsAdmitted.requests
  const same = outcomes.admitted.admitted + outcomes['turned-away']['turned-away']
  const part = (count: number, words: string, tone?: Tone) => [
    styled(`${number(count)} ${words}`, count === 0 ? undefined : tone),
  ]
  const parts = [
    part(changes.newlyTurnedAway.requests, 'newly turned away', 'bad'),
    part(changes.newlyAdmitted.requests, 'newly admitted', 'good'),
    part(same, 'unchanged'),
    ...(perhaps === 0 ? [] : [part(perhaps, 'cannot be known', 'doubt')]),
  ]
  return [`${number(all.requests)} requests for photos: `, ...joinStyled(parts, ', ')]
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
