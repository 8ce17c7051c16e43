// Rows of text in columns: a name, numbers to the right, words to the left.

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

/** Tables of the same columns, a text each. Heads are flush left, rows are set in. No blanks at the ends of lines. */
export function formatTables(tables: readonly Table[]): string[] {
  const sets = tables.map(({ head, rows }) => [
    head,
    ...rows.map(row => ({ ...row, name: `  ${row.name}` })),
  ])
  const widthOf = (column: keyof TableRow) =>
    Math.max(0, ...sets.flat().map(row => row[column]?.length ?? 0))
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
  return sets.map(rows => rows.map(format).join('\n'))
}
