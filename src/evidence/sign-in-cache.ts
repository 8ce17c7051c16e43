// Cookies of recent requests that were admitted by a token, by the whole Cookie header: a page of photos sends the same
// header with each request. Saves parsing the header and hashing the token. The verdict cache behind it lasts
// longer and does not know headers.
import { LRUCache } from 'lru-cache'
import type { CookieDoubt, Doubt } from '../policy/condition.ts'
import type { Cookie } from '../policy/cookie-pattern.ts'
import type { SentTokens } from './sent-tokens.ts'

/** The cookies of one request, and the tokens among them if there are keys. */
export interface SentCookies {
  readonly header: string | undefined
  readonly cookies: readonly Cookie[]
  /** Why the rules do not see the whole header. */
  readonly doubt?: Doubt<CookieDoubt> | undefined
  readonly tokens: SentTokens | undefined
}

export interface SignInCache {
  /** The cookies of this header, only while all of its tokens are valid. */
  find(header: string, nowMs: number): SentCookies | undefined
  /** Call it only for requests that were admitted by a valid token: forged ones must not fill the cache. */
  remember(sent: SentCookies): void
}

// Approximate bytes, for about 2,500 people.
const defaultBytes = 4 * 1024 * 1024
const entryBytes = 1_000

export function buildSignInCache(maxBytes = defaultBytes): SignInCache {
  const known = new LRUCache<string, SentCookies>({ maxSize: maxBytes })
  return {
    find: (header, nowMs) => {
      const sent = known.get(header)
      return sent?.tokens?.areValidAt(nowMs) ? sent : undefined
    },
    remember: sent => {
      const { header } = sent
      if (header === undefined || known.peek(header) === sent) return
      known.set(header, sent, { size: header.length + entryBytes })
    },
  }
}
