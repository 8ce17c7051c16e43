// Formats rows of text in columns: the name and the detail aligned left, the two numbers aligned right.

/** What a row means, for colours. Its name says it too. */
export type Tone = 'good' | 'bad' | 'doubt'

export interface TableRow {
  readonly name: string
  readonly requests?: string
  readonly clients?: string
  readonly detail?: string
  /** The row's part of what its table counts, from 0 to 1, for a bar; lines of text have none. */
  readonly share?: number
  readonly tone?: Tone
}

/** A share as people read it; "0.0 %" stands for none at all. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  // 99.96 % is not all of it.
  return `${share < 1 ? Math.min(99.9, Math.round(percent * 10) / 10).toFixed(1) : 100} %`
}

export interface Table {
  readonly head: TableRow
  readonly rows: readonly TableRow[]
}

/** One text for each table; all share the column widths. Rows are indented by two, heads are not. No trailing blanks. */
export function formatTables(tables: readonly Table[]): string[] {
  const sets = tables.map(({ head, rows }) => [
    head,
    ...rows.map(row => ({ ...row, name: `  ${row.name}` })),
  ])
  const lines = formatRows(sets.flat())
  return sets.map(rows => lines.splice(0, rows.length).join('\n'))
}

/** One line for each row, in columns, without a head. No trailing blanks. */
export function formatRows(rows: readonly TableRow[]): string[] {
  const widthOf = (column: 'name' | 'requests' | 'clients') =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0)
  const [name, requests, clients] = [widthOf('name'), widthOf('requests'), widthOf('clients')]
  const format = (row: TableRow) =>
    [
      row.name.padEnd(name),
      (row.requests ?? '').padStart(requests),
      (row.clients ?? '').padStart(clients),
      row.detail ?? '',
    ]
      .join('  ')
      .trimEnd()
  return rows.map(format)
}
