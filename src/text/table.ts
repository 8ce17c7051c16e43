// Formats rows of text in columns: the name and the detail aligned left, the two numbers aligned right.

export interface TableRow {
  readonly name: string
  readonly requests?: string
  readonly clients?: string
  readonly detail?: string
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
  const widthOf = (column: keyof TableRow) =>
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
