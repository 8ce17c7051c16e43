// Decodes the bytes of an httpd.conf: UTF-8, UTF-16 with a byte order mark, or otherwise Windows-1252, in which every
// byte is a character. No byte is replaced, and the report says how the file was read.
import { decodeText } from '../../text/decode-text.ts'
import { decodeWindows1252 } from '../../text/windows-1252.ts'
import type { Remark } from './directive.ts'

/** @throws Error when the bytes are not a text, worded to follow the name of the file */
export function decodeHttpdText(
  bytes: Uint8Array,
  file: string,
): { readonly text: string; readonly remark: Remark | undefined } {
  const decoded = decodeText(bytes)
  if ('text' in decoded) {
    const { text, encoding } = decoded
    if (encoding === 'utf-8') return { text, remark: undefined }
    const message = `is ${encoding.toUpperCase()}, with which Apache does not start; photogate read it. Save it as UTF-8`
    return { text, remark: { file, line: 1, column: 1, message } }
  }
  const { problem, line, column } = decoded
  if (bytes.includes(0) || bytes[0] === 0xff || bytes[0] === 0xfe) {
    throw new Error(`${line}:${column} ${problem}`)
  }
  // Editors on Windows write umlauts in comments like this. The parser of expressions refuses them in a pattern.
  const text = decodeWindows1252(bytes)
  const message = 'is not UTF-8 here; the file was read as Windows-1252'
  return { text, remark: { file, line, column, message } }
}
