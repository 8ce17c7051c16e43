// Where in a CSV file a record or a cell is, for messages. Reads the file again only where one is asked for.

export interface RecordPlace {
  readonly line: number
  /** Of the cell with the number. */
  where(cell: number): string
}

const newline = 0x0a

// csv-parse tells where a record ends, in bytes; its lines go wrong within quotes, and where a record
// begins after one that was skipped is not told.
export function buildPlaces(body: Buffer, firstLine: number, delimiter: string) {
  let end = 0
  let endLine = firstLine
  let hasSkipped = false
  const moveTo = (to: number) => {
    for (
      let at = body.indexOf(newline, end);
      at >= 0 && at < to;
      at = body.indexOf(newline, at + 1)
    )
      endLine++
    end = to
  }
  const skipBlankLines = () => {
    while (body[end] === newline) moveTo(end + 1)
  }
  return {
    /** The record of these cells, which ends before the byte. */
    next(recordEnd: number, cells: readonly string[]): RecordPlace {
      if (hasSkipped) moveTo(startOf(body, recordEnd, cells))
      hasSkipped = false
      skipBlankLines()
      const [start, line] = [end, endLine]
      moveTo(recordEnd)
      const raw = () => body.subarray(start, recordEnd).toString()
      return { line, where: cell => placeOf(raw(), line, offsetOf(raw(), cell, delimiter)) }
    },
    /** Of the cell in a skipped record that comes after what ended before the byte. */
    skip(offset: number): { line: number; where: string } {
      hasSkipped = true
      const isCellEnd = body[offset] === delimiter.charCodeAt(0)
      const to = Math.max(end, isCellEnd ? offset + 1 : offset)
      // From the line's beginning only: where many records are skipped, they are not read again and again.
      moveTo(Math.max(end, to === 0 ? 0 : body.lastIndexOf(newline, to - 1) + 1))
      skipBlankLines()
      const raw = body.subarray(end, Math.max(end, to)).toString()
      const where = placeOf(raw, endLine, raw.length)
      return { line: Number(where.split(':', 1)[0]), where }
    },
  }
}

function startOf(body: Buffer, recordEnd: number, cells: readonly string[]): number {
  let at = recordEnd - (body[recordEnd - 1] === newline ? 1 : 0)
  for (let left = cells.join('').split('\n').length; left > 0 && at > 0; left--) {
    at = body.lastIndexOf(newline, at - 1)
  }
  return at + 1
}

function offsetOf(record: string, cell: number, delimiter: string): number {
  let isQuoted = false
  let left = cell
  for (let at = 0; at < record.length; at++) {
    if (left === 0) return at
    if (record[at] === '"') isQuoted = !isQuoted
    else if (record[at] === delimiter && !isQuoted) left--
  }
  return record.length
}

function placeOf(text: string, line: number, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `${line + before.length - 1}:${(before.at(-1) as string).length + 1}`
}
