// Cookies as evidence: the pairs of the Cookie header whose names the policy asks for. Knows no tokens.
import { parseCookie } from 'cookie'
import type { CookieDoubt, Doubt } from '../policy/condition.ts'
import type { Cookie } from '../policy/cookie-pattern.ts'

/** Bytes. A longer Cookie header counts as absent; Apache and IHS refuse it too (LimitRequestFieldSize 8190). */
export const maxCookieHeaderLength = 8190

/** How a value is decoded, here and where the gate registers @fastify/cookie, which uses the same parser. */
export const cookieOptions = { decode: decodeValue }

/**
 * One pair as an object of one name and one value.
 * @example parsePair('a=%20b') // { a: ' b' }
 */
export function parsePair(pair: string): Record<string, string | undefined> {
  return parseCookie(pair, cookieOptions)
}

/** The cookies that a policy asks for. Names in lower case. */
export interface WantedCookies {
  readonly cookieNames: ReadonlySet<string>
  /** Beginnings of further names. */
  readonly cookiePrefixes?: readonly string[]
}

/** Cookies that are read at most: of the names that rules ask for, and of names that begin with such a prefix. */
export const maxNamedCookies = 64
export const maxPrefixedCookies = 32

export interface ReadCookies {
  readonly cookies: readonly Cookie[]
  /** Undefined when all cookies that rules ask for were read. */
  readonly doubt: Doubt<CookieDoubt> | undefined
}

const none: ReadCookies = { cookies: [], doubt: undefined }

const tooMany: Doubt<CookieDoubt> = {
  reason: 'cookies-too-many',
  text: `the Cookie header has more than ${maxNamedCookies} cookies with a name that rules ask for, or more than ${maxPrefixedCookies} with a prefix that rules ask for: the others were not read`,
}

function tooLong(length: number): Doubt<CookieDoubt> {
  const text = `the Cookie header has ${grouped(length)} bytes, more than ${grouped(maxCookieHeaderLength)}: no cookie was read`
  return { reason: 'cookies-too-long', text }
}

// By hand: Intl would cost as much as the decision.
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/**
 * Splits at semicolons, as RFC 6265 section 5.4 joins, and parses each pair alone: given the whole header, the parser
 * keeps only the first of several cookies with one name. Names are in lower case; blanks other than space and tab are
 * part of a name. Values are as sent, with the decoded value beside them where it differs.
 */
export function readCookies(
  header: string | undefined,
  { cookieNames, cookiePrefixes = [] }: WantedCookies,
): ReadCookies {
  if (header === undefined || (cookieNames.size === 0 && cookiePrefixes.length === 0)) return none
  if (header.length > maxCookieHeaderLength) return { cookies: [], doubt: tooLong(header.length) }
  const cookies: Cookie[] = []
  const minLength = minNameLength(cookieNames, cookiePrefixes)
  let [named, prefixed, equals] = [0, 0, -1]
  for (let start = 0; start < header.length; ) {
    // Searched once only. Otherwise a header of semicolons would be searched to its end from each of them.
    if (equals < start) equals = header.indexOf('=', start)
    if (equals < 0) break
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    const isLong = equals < end && equals - start >= minLength
    const name = isLong ? header.slice(start, equals).trimStart().toLowerCase() : ''
    const isNamed = isLong && cookieNames.has(name)
    if (isNamed || (isLong && hasPrefix(name, cookiePrefixes))) {
      const value = header.slice(equals + 1, end)
      const isRead = isNamed ? ++named <= maxNamedCookies : ++prefixed <= maxPrefixedCookies
      // RFC 6265 section 4.2.1: no blank in a name or beside the `=`. Browsers send none, and Apache finds no cookie.
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

// In a header that is made to cost time, most unwanted names are shorter.
function minNameLength(names: Iterable<string>, prefixes: readonly string[]): number {
  let minLength = Number.POSITIVE_INFINITY
  for (const { length } of names) if (length < minLength) minLength = length
  for (const { length } of prefixes) if (length < minLength) minLength = length
  return minLength
}

function hasPrefix(name: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true
  return false
}

// RFC 3629 section 4, percent-encoded.
const tail = '%[89ab][\\da-f]'
const encodedUtf8 = new RegExp(
  `^(?:[^%]|%[0-7][\\da-f]|%(?:c[2-9a-f]|d[\\da-f])${tail}|%e0%[ab][\\da-f]${tail}|%(?:e[1-9a-cef])(?:${tail}){2}|%ed%[89][\\da-f]${tail}|%f0%[9ab][\\da-f](?:${tail}){2}|%f[1-3](?:${tail}){3}|%f4%8[\\da-f](?:${tail}){2})*$`,
  'i',
)

// Text that is not percent-encoded UTF-8 stays as it is. Catching decodeURIComponent's error costs 100 times as much.
function decodeValue(text: string): string {
  return text.includes('%') && encodedUtf8.test(text) ? decodeURIComponent(text) : text
}
