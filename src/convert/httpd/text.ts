// The bytes of an httpd.conf as text: UTF-8, UTF-16 with its mark, or else Windows-1252, in which every byte is a
// character. Nothing is replaced, and the report says how it was read.
import { decodeText } from '../../text/decode-text.ts'
import type { Remark } from './directive.ts'

// Where it differs from Latin-1, from 0x80 on: versions of Node's own decoder take the two for the same.
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** @throws Error worded to follow the name of the file, when it is not a text at all. */
export function decodeHttpdText(
  bytes: Uint8Array,
  file: string,
): { readonly text: string; readonly remark: Remark | undefined } {
  const decoded = decodeText(bytes)
  if ('text' in decoded) {
    const { text, encoding } = decoded
    if (encoding === 'utf-8') return { text, remark: undefined }
    const message = `is ${encoding.toUpperCase()}, with which Apache does not start; save it as UTF-8. It was read as what it means`
    return { text, remark: { file, line: 1, column: 1, message } }
  }
  const { problem, line, column } = decoded
  if (bytes.includes(0) || bytes[0] === 0xff || bytes[0] === 0xfe) {
    throw new Error(`${line}:${column} ${problem}`)
  }
  // Umlauts in comments, as editors on Windows wrote them. In a pattern they are refused where it is read.
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, char => windows1252[char.charCodeAt(0) - 0x80] ?? char)
  const message = 'is not UTF-8 here; the file was read as Windows-1252'
  return { text, remark: { file, line, column, message } }
}
