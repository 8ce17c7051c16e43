// Verdicts on tokens, remembered by the SHA-256 of the token: a page of faces sends the same token with
// each of them. Those that were refused have a bound of their own, so that garbage cannot push out the good.
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Verdict } from '../ltpa/token.ts'
import { bareToken, maxTokenLength, refuse } from '../ltpa/token.ts'
import type { TokenKind, Verifier } from '../ltpa/verifier.ts'
import type { Client } from './client-address.ts'
import type { RefusalBudget } from './refusal-budget.ts'
import { buildRefusalBudget } from './refusal-budget.ts'

export interface VerdictCacheLimits {
  /** Bytes, about: of texts, and 600 more for each. */
  readonly validBytes: number
  readonly refusedBytes: number
  /** How long a refusal is remembered, in milliseconds. */
  readonly refusedMs: number
}

const mebibyte = 1024 * 1024
// Some 30,000 people and 8,000 refusals, for each of the two kinds of token.
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

/** Whose budget pays for a token that is not authentic. */
export interface Payer {
  readonly client: Client
  /** Its turn has come: the token is looked at, whatever is left. */
  readonly hasWaited: boolean
}

export type CachedVerifier = (kind: TokenKind, text: string, nowMs: number, payer: Payer) => Verdict

/** A verifier that asks once for each token, and then only when the verdict has run out. */
export function cacheVerdicts(
  verify: Verifier,
  limits: VerdictCacheLimits = defaults,
  budget: RefusalBudget = buildRefusalBudget(),
): CachedVerifier {
  const memories: Record<TokenKind, Memory> = { v2: openMemory(limits), v1: openMemory(limits) }
  return (kind, sent, nowMs, { client, hasWaited }) => {
    // Of one token there is one text: else whoever has it could fill the memory with it alone.
    const text = bareToken(sent)
    // Refused at a glance; hashing it would cost more.
    if (text.length > maxTokenLength) return verify(kind, text, nowMs)
    const { valid, refused } = memories[kind]
    const key = hash('sha256', text, 'binary')
    const known = valid.get(key) ?? refused.get(key)
    // Should the clock be put back, the time is judged anew.
    if (known !== undefined && nowMs >= known.fromMs && nowMs <= known.untilMs) return known.verdict
    if (!hasWaited && budget.isSpent(client, nowMs)) return refuse('too-many')
    const verdict = verify(kind, text, nowMs)
    if (!verdict.valid && verdict.reason === 'not-authentic') budget.spend(client, nowMs)
    // Names are parts of the token's text, and hold on to it.
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

interface Memory {
  readonly valid: LRUCache<string, Remembered>
  readonly refused: LRUCache<string, Remembered>
}

// Half of the room for each kind of token: one is never taken for the other.
function openMemory({ validBytes, refusedBytes }: VerdictCacheLimits): Memory {
  return {
    valid: new LRUCache({ maxSize: validBytes / 2 }),
    refused: new LRUCache({ maxSize: refusedBytes / 2 }),
  }
}
