// Lists of people come out of Excel, PowerShell, ldifde and shell scripts: their bytes to text, whatever
// wrote them. Knows nothing of what the text says.

import { decodeText } from '../../../text/decode-text.ts'
import { printable } from '../../../text/printable.ts'

export type PeopleText =
  | {
      /** With the ends of all lines as `\n`. */
      readonly text: string
      /** Whether a part of it may stand for other letters than were meant, so that it must tell nobody from others. */
      isBroken(part: string): boolean
    }
  /** What is wrong, worded to follow the place, and where, from 1. */
  | { readonly problem: string; readonly line: number; readonly column: number }

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * UTF-8, or UTF-16 where a byte order mark says so. Anything else is taken for Windows-1252, which Excel writes:
 * that does no harm in names, and beyond ASCII nothing else in it counts. No byte becomes U+FFFD; who has put that
 * into a file did not know the letter either.
 */
export function decodePeople(bytes: Buffer): PeopleText {
  const decoded = decodeText(bytes)
  if ('text' in decoded) {
    return { text: withLineEnds(decoded.text), isBroken: part => part.includes('\ufffd') }
  }
  const isWide = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2))
  if (isWide || bytes.includes(0)) return decoded
  const body = bytes.subarray(0, 3).equals(utf8Mark) ? bytes.subarray(3) : bytes
  const text = new TextDecoder('windows-1252').decode(body)
  return { text: withLineEnds(text), isBroken: part => /[^\0-\x7f]/.test(part) }
}

function withLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** For messages: short, on one line, and harmless to a terminal. */
export function quote(text: string): string {
  return `"${printable(text.slice(0, 80))}"`
}
