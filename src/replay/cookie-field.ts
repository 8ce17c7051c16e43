// Which field of a log is the Cookie header. A LogFormat is not in the log, so the contents have to tell; and
// whoever knows better says so with --cookie-field.
import { cookieNamePattern } from '../policy/cookie-pattern.ts'
import { findField, parseLogLine, unescapeField } from './log-line.ts'

/** `%h %l %u %t "%r" %>s %b`: so many items of a LogFormat come before the first field that may vary. */
export const fieldsBefore = 7

/** Fields after `%b` that are looked at. */
export const maxFields = 32

/**
 * The position after `%b`, from 0, of the one field that holds cookies; undefined: there is none for
 * certain. The two quoted fields right after `%b` are referer and user agent, which anybody can make
 * look like cookies.
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
  // A few odd ones are no surprise in a Cookie header, and would be many in any other field.
  const found = cookies.flatMap((count, at) =>
    count > 0 && count >= 9 * (others[at] as number) ? [at] : [],
  )
  return found.length === 1 ? found[0] : undefined
}

/**
 * The Cookie header of a line, null where none was sent, undefined where the line does not say.
 * `at` counts from 0 after `%b`.
 */
export function readCookieField(line: string, rest: number, at: number): string | null | undefined {
  const field = findField(line, rest, at)
  if (field === undefined || !field.isQuoted) return undefined
  return field.text === '-' || field.text === '' ? null : unescapeField(field.text)
}

/** Referer and user agent are quoted and come first: anybody can make them look like something else. */
export function firstCandidate(line: string, rest: number): number {
  const isCombined = [0, 1].every(at => findField(line, rest, at)?.isQuoted)
  return isCombined ? 2 : 0
}

// `for=192.0.2.7;proto=https` of RFC 7239 could be cookies as well; so could a Range, a Keep-Alive and a
// Cache-Control.
const otherNames = new Set(['for', 'by', 'proto', 'host', 'bytes', 'timeout', 'max', 'max-age'])
// A Set-Cookie header: what the old server gave, not what it was sent. RFC 6265 section 4.1.1.
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
