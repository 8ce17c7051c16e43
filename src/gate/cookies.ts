// Cookies as evidence: the pairs of the Cookie header whose names the policy asks for.
import { fastifyCookie } from '@fastify/cookie'
import Fastify from 'fastify'
import type { Cookie } from '../policy/cookie-condition.ts'

/** Longer Cookie headers count as none. Apache and IHS refuse them too (LimitRequestFieldSize 8190). */
export const longestCookieHeader = 8190

/** Parses one pair into an object of one name and value: what @fastify/cookie decorates a server with. */
export type CookieParser = (pair: string) => Record<string, string | undefined>

/** The server's own cookie parser, for those who have no server at hand. */
export async function loadCookieParser(): Promise<CookieParser> {
  const host = Fastify()
  await host.register(fastifyCookie, { hook: false })
  await host.ready()
  return pair => host.parseCookie(pair)
}

/** Which cookies are evidence: a Policy says so. All in lower case. */
export interface WantedCookies {
  readonly cookieNames: ReadonlySet<string>
  /** How further names begin. */
  readonly cookiePrefixes?: readonly string[]
}

/** Cookies that are found by the beginning of their name only; a client that sends more is not heard out. */
export const maxPrefixedCookies = 32

/** Why no cookie of the header was read, in words; undefined: they were, or no rule looks at any. */
export function cookieDoubtOf(
  header: string | undefined,
  { cookieNames, cookiePrefixes }: WantedCookies,
): string | undefined {
  if (header === undefined || header.length <= longestCookieHeader) return undefined
  if (cookieNames.size === 0 && cookiePrefixes === undefined) return undefined
  return `the Cookie header has ${grouped(header.length)} bytes, more than ${grouped(longestCookieHeader)}: no cookie was read`
}

// Intl would cost as much as the decision.
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

const none: readonly Cookie[] = []

/**
 * Splits at semicolons, as RFC 6265 section 5.4 joins, and has each pair parsed alone: a parser that
 * sees the whole keeps the first of several cookies with one name, and only that. Names keep their
 * whole length and lose their case; blanks other than space and tab are part of a name. Values are as they were
 * sent, with their escapes beside them where they have some.
 */
export function readCookies(
  header: string | undefined,
  { cookieNames, cookiePrefixes }: WantedCookies,
  parse: CookieParser,
): readonly Cookie[] {
  if (header === undefined || header.length > longestCookieHeader) return none
  if (cookieNames.size === 0 && cookiePrefixes === undefined) return none
  const cookies: Cookie[] = []
  let left = cookiePrefixes === undefined ? 0 : maxPrefixedCookies
  for (let start = 0; start < header.length; ) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    const pair = header.slice(start, end)
    const equals = pair.indexOf('=')
    const name = equals > 0 ? pair.slice(0, equals).trimStart().toLowerCase() : ''
    const isNamed = name !== '' && cookieNames.has(name)
    if (isNamed || (left > 0 && name !== '' && beginsSo(name, cookiePrefixes))) {
      if (!isNamed) left--
      const value = pair.slice(equals + 1)
      // RFC 6265 section 4.2.1: no blank in a name, nor beside the =. No browser sends one, and Apache finds no cookie.
      if (!/\s/.test(name) && !/^\s/.test(value)) cookies.push(...readPair(pair, value, parse))
    }
    start = end + 1
  }
  return cookies
}

function readPair(pair: string, value: string, parse: CookieParser): Cookie[] {
  return Object.entries(parse(pair)).map(([name, decoded = '']) => ({
    ...{ name: name.toLowerCase(), value },
    ...(decoded === value ? {} : { decoded }),
  }))
}

function beginsSo(name: string, prefixes: readonly string[] = []): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true
  return false
}
