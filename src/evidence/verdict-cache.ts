// Verdicts on tokens, cached by the SHA-256 of the token: a page of photos sends one token with each request. Refused
// tokens have a bound of their own, so that forged tokens cannot evict valid ones.
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Verdict } from '../ltpa/token.ts'
import { bareToken, maxTokenLength, refuse } from '../ltpa/token.ts'
import type { TokenKind, Verifier } from '../ltpa/verifier.ts'
import type { Client } from './client-address.ts'
import type { RefusalBudget } from './refusal-budget.ts'
import { buildRefusalBudget } from './refusal-budget.ts'

export interface VerdictCacheLimits {
  /** Approximate bytes: the tokens' texts, and 600 more for each. */
  readonly validBytes: number
  readonly refusedBytes: number
  /** Milliseconds for which a refusal is cached. */
  readonly refusedMs: number
}

const mebibyte = 1024 * 1024
// About 30,000 people and 8,000 refusals, for each of the two kinds of token.
const defaults: VerdictCacheLimits = {
  validBytes: 64 * mebibyte,
  refusedBytes: 10 * mebibyte,
  refusedMs: 10_000,
}
const entryBytes = 600

interface Remembered {
  readonly verdict: Verdict
  readonly fromMs: number
  readonly untilMs: number
}

/** For whom and when the tokens of one request are verified. */
export interface VerifyContext {
  /** The client whose budget pays for a forged token. */
  readonly client: Client
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Its turn has come, so the token is verified without asking the budget. */
  readonly hasWaited: boolean
}

export type CachedVerifier = (kind: TokenKind, text: string, context: VerifyContext) => Verdict

/** A verifier that asks `verify` once for each token, and again only when that verdict has expired. */
export function cacheVerdicts(
  verify: Verifier,
  limits: VerdictCacheLimits = defaults,
  budget: RefusalBudget = buildRefusalBudget(),
): CachedVerifier {
  const caches: Record<TokenKind, KindCache> = {
    v2: buildKindCache(limits),
    v1: buildKindCache(limits),
  }
  return (kind, sent, { client, nowMs, hasWaited }) => {
    // Canonical text first: one token spelled many ways must not fill the cache.
    const text = bareToken(sent)
    // Refused by its length alone; hashing would cost more.
    if (text.length > maxTokenLength) return verify(kind, text, nowMs)
    const { valid, refused } = caches[kind]
    const key = hash('sha256', text, 'binary')
    const known = valid.get(key) ?? refused.get(key)
    // After the clock was set back, the token is verified again.
    if (known !== undefined && nowMs >= known.fromMs && nowMs <= known.untilMs) return known.verdict
    if (!hasWaited && budget.isSpent(client, nowMs)) return refuse('too-many')
    const verdict = verify(kind, text, nowMs)
    if (!verdict.valid && verdict.reason === 'not-authentic') budget.spend(client, nowMs)
    // The names in an identity are slices of the token's text, and keep it in memory.
    const size = entryBytes + (verdict.identity === undefined ? 0 : text.length)
    if (verdict.valid) {
      refused.delete(key)
      valid.set(key, { verdict, fromMs: nowMs, untilMs: verdict.untilMs }, { size })
    } else if (verdict.reason !== 'malformed') {
      valid.delete(key)
      refused.set(key, { verdict, fromMs: nowMs, untilMs: nowMs + limits.refusedMs }, { size })
    }
    return verdict
  }
}

interface KindCache {
  readonly valid: LRUCache<string, Remembered>
  readonly refused: LRUCache<string, Remembered>
}

// Each kind of token has half of the room, so that a v1 token is never found as v2.
function buildKindCache({ validBytes, refusedBytes }: VerdictCacheLimits): KindCache {
  return {
    valid: new LRUCache({ maxSize: validBytes / 2 }),
    refused: new LRUCache({ maxSize: refusedBytes / 2 }),
  }
}
