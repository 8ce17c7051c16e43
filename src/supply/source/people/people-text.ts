// Decodes people files to text, whether Excel, PowerShell, ldifde or a shell script wrote them. Does not interpret the
// text.
import { decodeText } from '../../../text/decode-text.ts'
import { printable } from '../../../text/printable.ts'
import { decodeWindows1252 } from '../../../text/windows-1252.ts'

export type PeopleText =
  | {
      /** With `\n` as the end of all lines. */
      readonly text: string
      /** Whether letters in the part may not be those that were meant: it must then not tell one person from another. */
      isBroken(part: string): boolean
    }
  /** Worded to follow the place; line and column from 1. */
  | { readonly problem: string; readonly line: number; readonly column: number }

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Decodes UTF-8, or UTF-16 where a byte order mark says so. Other bytes are taken for Windows-1252, which Excel writes:
 * that does no harm in names, and `isBroken` keeps all other text beyond ASCII from counting. No byte becomes U+FFFD; a
 * U+FFFD in the file was written by a program that had lost the letter already.
 */
export function decodePeople(bytes: Buffer): PeopleText {
  const decoded = decodeText(bytes)
  if ('text' in decoded) {
    return { text: withLineEnds(decoded.text), isBroken: part => part.includes('\ufffd') }
  }
  const isWide = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2))
  if (isWide || bytes.includes(0)) return decoded
  const body = bytes.subarray(0, 3).equals(utf8Mark) ? bytes.subarray(3) : bytes
  const text = withLineEnds(decodeWindows1252(body))
  return { text, isBroken: part => /[^\0-\x7f]/.test(part) }
}

function withLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** For messages: short, on one line, and harmless to a terminal. */
export function quote(text: string): string {
  return `"${printable(text.slice(0, 80))}"`
}
