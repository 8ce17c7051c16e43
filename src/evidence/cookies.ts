// Cookies as evidence: the pairs of the Cookie header whose names the policy asks for.
import { parseCookie } from 'cookie'
import type { CookieDoubt, Doubt } from '../policy/condition.ts'
import type { Cookie } from '../policy/cookie-pattern.ts'

/** Longer Cookie headers count as none. Apache and IHS refuse them too (LimitRequestFieldSize 8190). */
export const maxCookieHeaderLength = 8190

/** How a value is read, here and where the gate registers @fastify/cookie, which uses the same parser. */
export const cookieOptions = { decode: decodeValue }

/** One pair as an object of one name and one value. */
export function parsePair(pair: string): Record<string, string | undefined> {
  return parseCookie(pair, cookieOptions)
}

/** Which cookies are evidence: a Policy says so. All in lower case. */
export interface WantedCookies {
  readonly cookieNames: ReadonlySet<string>
  /** How further names begin. */
  readonly cookiePrefixes?: readonly string[]
}

/** Cookies of the names that rules ask for, and of names that begin as rules ask, which are read at most. */
export const maxNamedCookies = 64
export const maxPrefixedCookies = 32

export interface ReadCookies {
  readonly cookies: readonly Cookie[]
  /** Undefined: all that rules ask for were read. */
  readonly doubt: Doubt<CookieDoubt> | undefined
}

const none: ReadCookies = { cookies: [], doubt: undefined }

const tooMany: Doubt<CookieDoubt> = {
  reason: 'cookies-too-many',
  text: `the Cookie header has more than ${maxNamedCookies} cookies with a name that rules ask for, or more than ${maxPrefixedCookies} whose name begins as rules ask: the others were not read`,
}

function tooLong(length: number): Doubt<CookieDoubt> {
  const text = `the Cookie header has ${grouped(length)} bytes, more than ${grouped(maxCookieHeaderLength)}: no cookie was read`
  return { reason: 'cookies-too-long', text }
}

// Intl would cost as much as the decision.
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/**
 * Splits at semicolons, as RFC 6265 section 5.4 joins, and has each pair parsed alone: a parser that
 * sees the whole keeps the first of several cookies with one name, and only that. Names keep their
 * whole length and lose their case; blanks other than space and tab are part of a name. Values are as they were
 * sent, with their escapes beside them where they have some.
 */
export function readCookies(
  header: string | undefined,
  { cookieNames, cookiePrefixes = [] }: WantedCookies,
): ReadCookies {
  if (header === undefined || (cookieNames.size === 0 && cookiePrefixes.length === 0)) return none
  if (header.length > maxCookieHeaderLength) return { cookies: [], doubt: tooLong(header.length) }
  const cookies: Cookie[] = []
  const shortest = shortestName(cookieNames, cookiePrefixes)
  let [named, prefixed, equals] = [0, 0, -1]
  for (let start = 0; start < header.length; ) {
    // Looked for once only: else a header of semicolons would be read to its end from each of them.
    if (equals < start) equals = header.indexOf('=', start)
    if (equals < 0) break
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    const isLong = equals < end && equals - start >= shortest
    const name = isLong ? header.slice(start, equals).trimStart().toLowerCase() : ''
    const isNamed = isLong && cookieNames.has(name)
    if (isNamed || (isLong && beginsSo(name, cookiePrefixes))) {
      const value = header.slice(equals + 1, end)
      const isRead = isNamed ? ++named <= maxNamedCookies : ++prefixed <= maxPrefixedCookies
      // RFC 6265 section 4.2.1: no blank in a name, nor beside the =. No browser sends one, and Apache finds no cookie.
      if (isRead && !/\s/.test(name) && !/^\s/.test(value)) {
        cookies.push(...readPair(header.slice(start, end), value))
      }
    }
    start = end + 1
  }
  const isWhole = named <= maxNamedCookies && prefixed <= maxPrefixedCookies
  return { cookies, doubt: isWhole ? undefined : tooMany }
}

function readPair(pair: string, value: string): Cookie[] {
  return Object.entries(parsePair(pair)).map(([name, decoded = value]) => ({
    ...{ name: name.toLowerCase(), value },
    ...(decoded === value ? {} : { decoded }),
  }))
}

// Most of the names that nobody asks for in a header that is meant to cost are shorter.
function shortestName(names: Iterable<string>, prefixes: readonly string[]): number {
  let shortest = Number.POSITIVE_INFINITY
  for (const { length } of names) if (length < shortest) shortest = length
  for (const { length } of prefixes) if (length < shortest) shortest = length
  return shortest
}

function beginsSo(name: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true
  return false
}

// RFC 3629 section 4, percent-encoded.
const tail = '%[89ab][\\da-f]'
const encodedUtf8 = new RegExp(
  `^(?:[^%]|%[0-7][\\da-f]|%(?:c[2-9a-f]|d[\\da-f])${tail}|%e0%[ab][\\da-f]${tail}|%(?:e[1-9a-cef])(?:${tail}){2}|%ed%[89][\\da-f]${tail}|%f0%[9ab][\\da-f](?:${tail}){2}|%f[1-3](?:${tail}){3}|%f4%8[\\da-f](?:${tail}){2})*$`,
  'i',
)

// What is not percent-encoded UTF-8 is left as it is. To let it throw would cost 100 times as much.
function decodeValue(text: string): string {
  return text.includes('%') && encodedUtf8.test(text) ? decodeURIComponent(text) : text
}
