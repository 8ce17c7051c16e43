// Cookies by the whole Cookie header, for a log: there a page of faces is some twenty lines with the same one.
// Stands where the gate remembers sign-ins, but takes in everybody: nobody attacks who is only read about.
import { LRUCache } from 'lru-cache'
import type { SentCookies, SignInCache } from '../evidence/sign-in-cache.ts'

const maxBytes = 16 * 1024 * 1024
const entryBytes = 1_000

/** What is remembered hangs on the header's text, which should be one of its own. */
export function rememberCookies(): SignInCache {
  const known = new LRUCache<string, SentCookies>({ maxSize: maxBytes })
  return {
    find: (header, nowMs) => {
      const sent = known.get(header)
      // Without keys there are no tokens, and cookies do not age.
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
