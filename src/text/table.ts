// Formats rows of text in columns: the name and the detail aligned left, the two numbers aligned right. Where bars are
// wanted, each row has one for its share, before the detail.
import type { BarLook } from './bar.ts'
import { barOf } from './bar.ts'
import type { StyledPart, StyledText, Tone } from './styled.ts'
import { joinStyled, plainOf, styled } from './styled.ts'

export interface TableRow {
  readonly name: string
  readonly requests?: string
  readonly clients?: string
  readonly detail?: string
  /** The row's part of what its table counts, from 0 to 1, for a bar. */
  readonly share?: number
  /** For colours. */
  readonly tone?: Tone
}

export interface Table {
  readonly head: TableRow
  readonly rows: readonly TableRow[]
}

/** A share as people read it; "0.0 %" stands for none at all. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  // 99.96 % is not all of it.
  return `${share < 1 ? Math.min(99.9, Math.round(percent * 10) / 10).toFixed(1) : 100} %`
}

/** One text for each table; all share the column widths. Rows are indented by two, heads are not. No trailing blanks. */
export function formatTables(tables: readonly Table[]): string[] {
  return styleTables(tables).map(plainOf)
}

/** The same with styles, and with bars where `bars` says how they look. */
export function styleTables(tables: readonly Table[], bars?: BarLook): StyledText[] {
  const sets = tables.map(({ head, rows }) => [
    head,
    ...rows.map(row => ({ ...row, name: `  ${row.name}` })),
  ])
  const lines = linesOf(sets.flat(), bars)
  return sets.map(rows => {
    const [head = [], ...others] = lines.splice(0, rows.length)
    return joinStyled([[styled(plainOf(head), 'strong')], ...others], '\n')
  })
}

/** One line for each row, in columns, without a head. No trailing blanks. */
export function formatRows(rows: readonly TableRow[]): string[] {
  return linesOf(rows).map(plainOf)
}

function linesOf(rows: readonly TableRow[], bars?: BarLook): StyledText[] {
  const widthOf = (column: 'name' | 'requests' | 'clients') =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0)
  const [name, requests, clients] = [widthOf('name'), widthOf('requests'), widthOf('clients')]
  return rows.map(row => {
    const { share = 1, tone } = row
    // None of what would be good or bad is neither.
    const style = share === 0 ? 'faint' : tone
    const cells: StyledText[] = [
      [styled(row.name.padEnd(name), style)],
      [styled((row.requests ?? '').padStart(requests), style)],
      [(row.clients ?? '').padStart(clients)],
      ...(bars === undefined ? [] : [barCell(row, bars)]),
      [styled(row.detail ?? '', row.share === undefined ? undefined : 'faint')],
    ]
    return withoutTrailingBlanks(joinStyled(cells, '  '))
  })
}

function barCell({ share, tone }: TableRow, look: BarLook): StyledText {
  if (share === undefined) return [' '.repeat(look.width)]
  const [filled, rest] = barOf(share, look)
  return [styled(filled, tone), rest]
}

function withoutTrailingBlanks(line: StyledText): StyledText {
  const kept = [...line]
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    const text = plainOf([last]).trimEnd()
    if (text !== '')
      return [...kept, typeof last === 'string' ? text : ({ ...last, text } as StyledPart)]
  }
  return []
}
