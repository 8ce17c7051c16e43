// Bytes to lines, whatever the chunks they come in. Holds one line at most, and never more than the longest
// that counts: a log without line ends costs no memory.

/** Bytes, without the line end. Apache's own lines stay below: a request line and each header have 8,190 at most. */
export const maxLineLength = 64 * 1024

/** The line, a character for each byte (latin1), without its line end; undefined: it was too long. */
export type LineHandler = (line: string | undefined) => void

export interface LineSplitter {
  /** Calls back for each line that ends in this chunk. The chunk may be reused afterwards. */
  push(chunk: Buffer): void
  /** The last line may have no line end. */
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
