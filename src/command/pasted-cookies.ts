// The Cookie header as people paste it from a browser's tools or a log: with or without its name, perhaps wrapped.
import { decodeText } from '../text/decode-text.ts'

/** The header's value, or the problem of the text. */
export function parsePastedCookies(bytes: Buffer): { value: string } | { problem: string } {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) return { problem: decoded.problem }
  const lines = decoded.text.split(/\r\n|\r|\n/).map(line => line.trim())
  const named = lines.findIndex(line => /^cookie:/i.test(line))
  // If the text is a whole request, only the lines of this header, which a mail program may have wrapped.
  const own = named < 0 ? lines : lines.slice(named, endOfHeader(lines, named))
  const value = own
    .join('')
    .replace(/^cookie:/i, '')
    .trim()
  if (/^set-cookie:/i.test(value)) {
    return {
      problem:
        'is a Set-Cookie header, which a server sends; give the Cookie header of the browser',
    }
  }
  return value.includes('=') ? { value } : { problem: 'has no cookie, which is name=value' }
}

function endOfHeader(lines: readonly string[], start: number): number {
  const next = lines.findIndex((line, at) => at > start && (line === '' || /^[\w-]+: /.test(line)))
  return next < 0 ? lines.length : next
}
