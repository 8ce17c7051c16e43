// Which field of a log is the Cookie header. A log does not contain its format, so the field is found by its contents,
// unless an administrator names it with --cookie-field.
import { cookieNamePattern } from '../policy/cookie-pattern.ts'
import { findField, parseLogLine, unescapeField } from './log-line.ts'

/** Items of a LogFormat before the first field that may vary: `%h %l %u %t "%r" %>s %b`. */
export const fieldsBefore = 7

/** Fields after `%b` that are examined at most. */
export const maxFields = 32

/**
 * The position after `%b`, from 0, of the one field that certainly holds cookies; otherwise undefined. The two quoted
 * fields right after `%b` are referer and user agent, which any client can make look like cookies.
 */
export function detectCookieField(lines: readonly string[]): number | undefined {
  const cookies = new Array<number>(maxFields).fill(0)
  const others = new Array<number>(maxFields).fill(0)
  for (const line of lines) {
    const rest = parseLogLine(line)?.rest
    if (rest === undefined) continue
    for (let at = firstCandidate(line, rest); at < maxFields; at++) {
      const field = findField(line, rest, at)
      if (field === undefined) break
      if (field.text === '-' || field.text === '') continue
      const counts =
        field.isQuoted && looksLikeCookies(unescapeField(field.text)) ? cookies : others
      counts[at] = (counts[at] as number) + 1
    }
  }
  // A Cookie header may contain a few odd cookies; any other field would have many.
  const found = cookies.flatMap((count, at) =>
    count > 0 && count >= 9 * (others[at] as number) ? [at] : [],
  )
  return found.length === 1 ? found[0] : undefined
}

/**
 * The Cookie header of a line; null when none was sent, undefined when the line does not say. `at`: the position after
 * `%b`, from 0.
 */
export function readCookieField(line: string, rest: number, at: number): string | null | undefined {
  const field = findField(line, rest, at)
  if (field === undefined || !field.isQuoted) return undefined
  return field.text === '-' || field.text === '' ? null : unescapeField(field.text)
}

/** The first field that clients do not control: referer and user agent come first and are quoted. */
export function firstCandidate(line: string, rest: number): number {
  const isCombined = [0, 1].every(at => findField(line, rest, at)?.isQuoted)
  return isCombined ? 2 : 0
}

// `for=192.0.2.7;proto=https` (RFC 7239), Range, Keep-Alive and Cache-Control have the syntax of cookies too.
const otherNames = new Set(['for', 'by', 'proto', 'host', 'bytes', 'timeout', 'max', 'max-age'])
// A Set-Cookie header is what the old server sent, not what it received. RFC 6265 section 4.1.1.
const attributeNames = new Set(['expires', 'max-age', 'domain', 'path', 'samesite'])

function looksLikeCookies(text: string): boolean {
  const names = text.split(';').map(pair =>
    pair
      .slice(0, Math.max(pair.indexOf('='), 0))
      .trim()
      .toLowerCase(),
  )
  return (
    names.every(name => cookieNamePattern.test(name)) &&
    !names.every(name => otherNames.has(name)) &&
    !names.slice(1).some(name => attributeNames.has(name))
  )
}
