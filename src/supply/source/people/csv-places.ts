// Line and column of a record or a cell in a CSV file, for messages. Rereads a part of the file only when a place is
// asked for.
export interface RecordPlace {
  readonly line: number
  /** `line:column` of the cell with this number. */
  where(cell: number): string
}

const newline = 0x0a

// csv-parse reports where a record ends, in bytes. Its line numbers are wrong within quotes, and it does not say where
// the record after a skipped one begins.
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
    /** The record of these cells, which ends before the byte `recordEnd`. */
    next(recordEnd: number, cells: readonly string[]): RecordPlace {
      if (hasSkipped) moveTo(startOf(body, recordEnd, cells))
      hasSkipped = false
      skipBlankLines()
      const [start, line] = [end, endLine]
      moveTo(recordEnd)
      const raw = () => body.subarray(start, recordEnd).toString()
      return { line, where: cell => placeOf(raw(), line, offsetOf(raw(), cell, delimiter)) }
    },
    /** The place of the bad cell in a skipped record; csv-parse stopped at the byte `offset`. */
    skip(offset: number): { line: number; where: string } {
      hasSkipped = true
      const isCellEnd = body[offset] === delimiter.charCodeAt(0)
      const to = Math.max(end, isCellEnd ? offset + 1 : offset)
      // From the beginning of the line only: otherwise many skipped records would be read again and again.
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
