// Verdicts on tokens, remembered by the SHA-256 of the token: a page of faces sends the same token with
// each of them. Those that were refused have a bound of their own, so that garbage cannot push out the good.
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Verdict } from '../ltpa/token.ts'
import { longestToken } from '../ltpa/token.ts'
import type { Verifier } from '../ltpa/verifier.ts'

export interface VerdictCacheLimits {
  /** Tokens. About 500 bytes each. */
  readonly mostValid: number
  readonly mostRefused: number
  /** How long a refusal is remembered, in milliseconds. */
  readonly refusedMs: number
}

const usual: VerdictCacheLimits = { mostValid: 50_000, mostRefused: 10_000, refusedMs: 10_000 }

interface Remembered {
  readonly verdict: Verdict
  readonly fromMs: number
  readonly untilMs: number
}

/** The same verifier, which is asked once for each token and then only when the verdict has run out. */
export function rememberVerdicts(verify: Verifier, limits: VerdictCacheLimits = usual): Verifier {
  const valid = new LRUCache<string, Remembered>({ max: limits.mostValid })
  const refused = new LRUCache<string, Remembered>({ max: limits.mostRefused })
  return (kind, text, nowMs) => {
    // Refused at a glance; hashing it would cost more.
    if (text.length > longestToken) return verify(kind, text, nowMs)
    const key = kind + hash('sha256', text, 'binary')
    const known = valid.get(key) ?? refused.get(key)
    // Should the clock be put back, the time is judged anew.
    if (known !== undefined && nowMs >= known.fromMs && nowMs <= known.untilMs) return known.verdict
    const verdict = verify(kind, text, nowMs)
    if (verdict.valid) {
      refused.delete(key)
      valid.set(key, { verdict, fromMs: nowMs, untilMs: verdict.untilMs })
    } else {
      valid.delete(key)
      refused.set(key, { verdict, fromMs: nowMs, untilMs: nowMs + limits.refusedMs })
    }
    return verdict
  }
}
