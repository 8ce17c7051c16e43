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

const none: readonly Cookie[] = []

/**
 * Splits at semicolons, as RFC 6265 section 5.4 joins, and has each pair parsed alone: a parser that
 * sees the whole keeps the first of several cookies with one name, and only that. Names keep their
 * whole length and lose their case; blanks other than space and tab are part of a name.
 */
export function readCookies(
  header: string | undefined,
  names: ReadonlySet<string>,
  parse: CookieParser,
): readonly Cookie[] {
  if (header === undefined || names.size === 0 || header.length > longestCookieHeader) return none
  const cookies: Cookie[] = []
  for (let start = 0; start < header.length; ) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    const pair = header.slice(start, end)
    const equals = pair.indexOf('=')
    if (equals > 0 && names.has(pair.slice(0, equals).trim().toLowerCase())) {
      const parsed = parse(pair)
      for (const name in parsed)
        cookies.push({ name: name.toLowerCase(), value: parsed[name] ?? '' })
    }
    start = end + 1
  }
  return cookies
}
