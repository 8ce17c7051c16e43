// Files with one entry a line, `#` begins a comment. UTF-8, or UTF-16 with its byte order mark. Does not know what an
// entry is.
import { decodeText } from '../text/decode-text.ts'
import type { Problem } from './document/problem.ts'
import type { ProblemCode } from './document/problem-codes.ts'

export interface ListFile {
  /** As in messages. */
  readonly file: string
  readonly bytes: Uint8Array
  /** Of an entry's problem. */
  readonly code: ProblemCode
}

/**
 * Gives every entry to `take`, which returns what is wrong with it, worded to follow it, or undefined.
 * @returns the problems with line and column; of a file that is not text, this one alone. Blank lines and CRLF are fine.
 */
export function readEntries(
  { file, bytes, code }: ListFile,
  take: (entry: string) => string | undefined,
): Problem[] {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) {
    const { problem, line, column } = decoded
    return [{ file, line, column, path: '', message: problem, code: 'GATE_CONFIG_ENCODING' }]
  }
  const problems: Problem[] = []
  for (const [at, line] of decoded.text.split(/\r?\n/).entries()) {
    const [content = ''] = line.split('#', 1)
    const entry = content.trim()
    const mistake = entry === '' ? undefined : take(entry)
    if (mistake === undefined) continue
    const message = `"${entry.slice(0, 80)}" ${mistake}`
    const place = { file, line: at + 1, column: content.indexOf(entry) + 1, path: '' }
    problems.push({ ...place, excerpt: line, message, code })
  }
  return problems
}
