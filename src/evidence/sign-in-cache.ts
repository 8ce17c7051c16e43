// The cookies of those who were admitted by a token not long ago, by the whole Cookie header: a page of
// faces sends the same with each of them. In front of the verdicts, which last longer and know no headers:
// this spares taking the header apart and hashing the token.
import { LRUCache } from 'lru-cache'
import type { CookieDoubt, Doubt } from '../policy/condition.ts'
import type { Cookie } from '../policy/cookie-pattern.ts'
import type { SentTokens } from './sent-tokens.ts'

/** The cookies of one request, and their tokens if there are keys. */
export interface SentCookies {
  readonly header: string | undefined
  readonly cookies: readonly Cookie[]
  /** Why the rules see less of the header than there is. */
  readonly doubt?: Doubt<CookieDoubt> | undefined
  readonly tokens: SentTokens | undefined
}

export interface SignInCache {
  /** Undefined unless all tokens of the header are still valid. */
  find(header: string, nowMs: number): SentCookies | undefined
  /** Nobody but who has a valid token can put anything in here. */
  remember(sent: SentCookies): void
}

// Bytes, about: some 2,500 people.
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
