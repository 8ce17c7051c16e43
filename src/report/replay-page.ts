// A replay's report as one HTML file: the same words and tables as `photogate replay` prints, with more rows, and bars.
import type { ProblemLine } from '../config/document/problem.ts'
import { formatProblem } from '../config/document/problem.ts'
import type { ReplayResult } from '../replay/replay.ts'
import { buildReport } from '../replay/report.ts'
import type { ReportNames } from '../replay/report-origin.ts'
import type { ReportBounds } from '../replay/report-tables.ts'
import type { Html } from '../text/html.ts'
import { html } from '../text/html.ts'
import { plainOf } from '../text/styled.ts'
import { formatPage } from './page.ts'
import type { Figure } from './parts.ts'
import { figuresPart, sectionPart, tablePart } from './parts.ts'

export interface ReplayPageFacts {
  readonly names: ReportNames
  /** Logs that could not be read to their ends. */
  readonly failures: readonly ProblemLine[]
  /** When the page is made, in milliseconds since the epoch. */
  readonly madeMs: number
}

const bounds: ReportBounds = { networks: 50, photosOfNetwork: 5, photos: 50 }

export function formatReplayPage(
  result: ReplayResult,
  { names, failures, madeMs }: ReplayPageFacts,
): string {
  const { verdict, origin, tables, budgets, remarks } = buildReport(result, names, bounds)
  const body = html`${failures.length > 0 && failuresPart(failures)}
${figuresPart(figuresOf(result))}
${sectionPart('origin', 'What was read', html`<dl class="origin">${origin.map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>`)}</dl>`)}
${
  remarks.length > 0 &&
  sectionPart(
    'remarks',
    'To know about the numbers',
    remarks.map(text => html`<p>${text}</p>`),
  )
}
${tables.map(tablePart)}
${budgets.length > 0 && sectionPart('budgets', 'Budgets', budgets.map(budgetPart))}`
  return formatPage({ title: 'Replay of access logs', lead: plainOf(verdict), madeMs, body })
}

function figuresOf({ totals: { all, changes, outcomes } }: ReplayResult): Figure[] {
  const { newlyTurnedAway: away, newlyAdmitted, perhapsTurnedAway, perhapsAdmitted } = changes
  const perhaps = perhapsTurnedAway.requests + perhapsAdmitted.requests
  return [
    { label: 'requests for photos', value: number(all.requests) },
    {
      label: 'newly turned away',
      value: number(away.requests),
      tone: toneOf(away.requests, 'bad'),
    },
    {
      label: 'newly admitted',
      value: number(newlyAdmitted.requests),
      tone: toneOf(newlyAdmitted.requests, 'good'),
    },
    {
      label: 'unchanged',
      value: number(outcomes.admitted.admitted + outcomes['turned-away']['turned-away']),
    },
    { label: 'cannot be known', value: number(perhaps), tone: toneOf(perhaps, 'doubt') },
  ]
}

function toneOf<Name>(count: number, tone: Name): Name | undefined {
  return count === 0 ? undefined : tone
}

function failuresPart(failures: readonly ProblemLine[]): Html {
  const items = failures.map(failure => html`<li>${formatProblem(failure)}</li>`)
  const content = html`<p>The numbers are of what could be read.</p><ul>${items}</ul>`
  return sectionPart('failures', 'Logs that could not be read to their ends', content)
}

// A line for the rule, and one for each client that is over budget.
function budgetPart(text: string): Html {
  const [first = '', ...lines] = text.split('\n')
  return html`<p>${first}</p>${lines.length > 0 && html`<ul>${lines.map(line => html`<li>${line.trim()}</li>`)}</ul>`}`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
