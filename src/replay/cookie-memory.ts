// Cookies by the whole Cookie header, for a log, where a page of photos is about twenty lines with one header. Replaces the
// gate's sign-in cache, but accepts every header: a log cannot attack.
import { LRUCache } from 'lru-cache'
import type { SentCookies, SignInCache } from '../evidence/sign-in-cache.ts'

const maxBytes = 16 * 1024 * 1024
const entryBytes = 1_000

/** The cache keeps the header's text in memory, so pass a copy instead of a slice of a line. */
export function buildCookieCache(): SignInCache {
  const known = new LRUCache<string, SentCookies>({ maxSize: maxBytes })
  return {
    find: (header, nowMs) => {
      const sent = known.get(header)
      // Without keys there are no tokens, and other cookies do not expire.
      return sent === undefined || sent.tokens === undefined || sent.tokens.areValidAt(nowMs)
        ? sent
        : undefined
    },
    remember: sent => {
      const { header } = sent
      if (header === undefined || known.peek(header) === sent) return
      known.set(header, sent, { size: header.length + entryBytes })
    },
  }
}
