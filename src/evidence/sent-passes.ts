// Guest passes as a client sends them: in cookies, and as `p` of the page that sets the cookie. Finds them; how they are
// verified is guest-pass's business.
import { passCookieName } from '../config/settings.ts'
import type { GuestPass, PassVerdict, SentPasses } from '../policy/condition.ts'
import { maxCookieHeaderLength } from './cookies.ts'
import type { PassVerifier } from './guest-pass.ts'
import { findPairs } from './query-pairs.ts'

/** Cookies that are verified at most. A browser sends one; an attacker's script sends many. */
export const maxPasses = 4

/** What the log says of the passes of a request. */
export type LoggedPass =
  | (Pick<GuestPass, 'id' | 'name'> & { readonly refused?: 'expired' })
  | { readonly refused: PassRefusal; readonly id?: undefined; readonly name?: undefined }

export type PassRefusal =
  | (PassVerdict & { readonly valid: false })['reason']
  // Only on the pass page.
  | 'missing'
  | 'doubled'

/** The passes of one request. */
export interface ReadPasses extends SentPasses {
  /** Undefined when none was sent, or no rule has asked. `admitted`: the pass by which the request is admitted. */
  seen(admitted: GuestPass | undefined): LoggedPass | undefined
}

export interface PassFacts {
  /** The Cookie header. */
  readonly header: string | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** They are verified when a rule first asks, and once. */
export function readPasses(verify: PassVerifier, { header, nowMs }: PassFacts): ReadPasses {
  let verdicts: readonly PassVerdict[] | undefined
  return {
    verdicts: () => {
      verdicts ??= findPassCookies(header).map(text => verify(text, nowMs))
      return verdicts
    },
    seen: admitted => seen(verdicts ?? [], admitted),
  }
}

function seen(
  verdicts: readonly PassVerdict[],
  admitted: GuestPass | undefined,
): LoggedPass | undefined {
  if (admitted !== undefined) return admitted
  const told =
    verdicts.find(({ valid }) => valid) ??
    // An authentic pass that is refused tells more than a forged one.
    verdicts.find(({ pass }) => pass !== undefined) ??
    verdicts[0]
  return told && loggedPassOf(told)
}

export function loggedPassOf({ valid, reason, pass }: PassVerdict): LoggedPass {
  if (valid) return pass
  return pass === undefined
    ? { refused: reason }
    : { id: pass.id, name: pass.name, refused: reason }
}

const named = `${passCookieName}=`

/**
 * The values of the first cookies of that very name, as they were sent.
 * @example findPassCookies('a=b; __Host-photogate-pass=x') // ['x']
 */
export function findPassCookies(header: string | undefined): string[] {
  // As for all cookies (cookies.ts): a longer header counts as absent.
  if (header === undefined || header.length > maxCookieHeaderLength) return []
  const found: string[] = []
  let start = header.indexOf(named)
  while (start >= 0 && found.length < maxPasses) {
    const end = endOf(header, start)
    if (beginsCookie(header, start)) found.push(header.slice(start + named.length, end))
    start = header.indexOf(named, end)
  }
  return found
}

function endOf(header: string, start: number): number {
  const semicolon = header.indexOf(';', start)
  return semicolon < 0 ? header.length : semicolon
}

// Not the end of another name, or a part of another value.
function beginsCookie(header: string, start: number): boolean {
  let before = start - 1
  while (header[before] === ' ' || header[before] === '\t') before--
  return before < 0 || header[before] === ';'
}

/** A pass as the page's URL brings it. */
export type PassInUrl = { readonly text: string } | { readonly refused: PassRefusal }

// `p` also in a capital or percent-encoded: a front or another reader may take those for the same parameter.
const passPair = /(?:^\?|&)(p|%[57]0)(?:=([^&]*))?(?![^&])/gi

/**
 * `url`: the request-target as received.
 * @example findPassInUrl('/-/pass?p=x') // { text: 'x' }
 */
export function findPassInUrl(url: string): PassInUrl {
  const [pair, second] = findPairs(passPair, { url, maxPairs: 2 })
  if (pair === undefined) return { refused: 'missing' }
  if (second !== undefined) return { refused: 'doubled' }
  const [name, text] = pair
  if (name !== 'p') return { refused: 'malformed' }
  return text === '' ? { refused: 'missing' } : { text }
}
