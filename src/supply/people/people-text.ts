// Lists of people come out of Excel, PowerShell, ldifde and shell scripts: their bytes to text, whatever
// wrote them. Knows nothing of what the text says.
import { printable } from '../../ltpa/printable.ts'

/**
 * UTF-8, or UTF-16 where a byte order mark says so, with the ends of all lines as `\n`. Bytes that are no
 * such text become U+FFFD: in a name they do no harm.
 */
export function decodeText(bytes: Buffer): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes).replace(/\r\n?/g, '\n')
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

/** For messages: short, on one line, and harmless to a terminal. */
export function quote(text: string): string {
  return `"${printable(text.slice(0, 80))}"`
}
