// Splits a stream of bytes into lines. Keeps at most one line, and of that at most `maxLineLength` bytes: a log
// without line ends does not fill the memory.

/** In bytes, without the line end. Apache's own lines are shorter: a request line and each header have at most 8,190. */
export const maxLineLength = 64 * 1024

/** The line without its line end, one character for each byte (latin1). Undefined when the line was too long. */
export type LineHandler = (line: string | undefined) => void

export interface LineSplitter {
  /** Calls back for each line that ends in this chunk. The caller may reuse the chunk afterwards. */
  push(chunk: Buffer): void
  /** Calls back for a last line without a line end. */
  end(): void
}

const newline = 10
const carriageReturn = 13
const nothing = Buffer.alloc(0)

export function buildLineSplitter(onLine: LineHandler): LineSplitter {
  let carried = nothing
  let isTooLong = false

  const finish = (bytes: Buffer, start: number, end: number) => {
    if (isTooLong || end - start > maxLineLength) onLine(undefined)
    else onLine(bytes.toString('latin1', start, bytes[end - 1] === carriageReturn ? end - 1 : end))
    isTooLong = false
  }
  const carry = (bytes: Buffer) => {
    if (isTooLong || carried.length + bytes.length > maxLineLength) {
      isTooLong = true
      carried = nothing
    } else carried = Buffer.concat([carried, bytes])
  }

  return {
    push: chunk => {
      let start = 0
      let end = chunk.indexOf(newline)
      if (end >= 0 && (carried.length > 0 || isTooLong)) {
        carry(chunk.subarray(0, end))
        finish(carried, 0, carried.length)
        carried = nothing
        start = end + 1
        end = chunk.indexOf(newline, start)
      }
      for (; end >= 0; end = chunk.indexOf(newline, start)) {
        finish(chunk, start, end)
        start = end + 1
      }
      if (start < chunk.length) carry(chunk.subarray(start))
    },
    end: () => {
      if (carried.length > 0 || isTooLong) finish(carried, 0, carried.length)
      carried = nothing
    },
  }
}
