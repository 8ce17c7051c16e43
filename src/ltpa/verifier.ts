// Tokens to verdicts: every format, several key sets, expiry, lifetime and realm. Pure over node:crypto;
// the time is an argument. Authenticity comes first, so that all else is only said of authentic tokens.
import type { TokenParts } from './attributes.ts'
import { readClaims } from './attributes.ts'
import type { LtpaKeys } from './key-file.ts'
import type { Identity, TokenFormat, Verdict } from './token.ts'
import { decodeToken, refuse } from './token.ts'
import type { DominoParts, DominoSecret } from './token-domino.ts'
import { looksLikeDomino, openDominoToken } from './token-domino.ts'
import { openTokenV1 } from './token-v1.ts'
import { openTokenV2 } from './token-v2.ts'

/** A key file's keys and until when they count, in milliseconds since the epoch. */
export interface KeySet {
  readonly keys: LtpaKeys
  readonly notAfterMs?: number
}

export interface VerifierOptions {
  /** Tried in this order. */
  readonly keySets: readonly KeySet[]
  readonly domino: readonly DominoSecret[]
  /** Whether WebSphere's version 1 is accepted, whose expiry is not signed. */
  readonly acceptV1: boolean
  /** Exact; undefined accepts any. Domino's own tokens have none and are not asked for one. */
  readonly realms: readonly string[] | undefined
  readonly clockSkewMs: number
  readonly maxLifetimeMs: number
}

/** Which cookie a token came in: its name says version 1 (which Domino's own shares) or 2. */
export type TokenKind = 'v1' | 'v2'

export type Verifier = (kind: TokenKind, text: string, nowMs: number) => Verdict

/** The verifier never throws. */
export function buildVerifier(options: VerifierOptions): Verifier {
  return (kind, text, nowMs) => {
    try {
      const bytes = decodeToken(text)
      if (bytes === undefined) return refuse('malformed')
      if (kind === 'v2')
        return verifySets(openTokenV2, { ...options, bytes, nowMs, format: 'LtpaToken2' })
      if (looksLikeDomino(bytes)) {
        const verdict = verifyDomino(options, bytes, nowMs)
        // One in 2^32 tokens of version 1 looks like Domino's.
        if (verdict.valid || verdict.reason !== 'not-authentic') return verdict
      }
      if (!options.acceptV1) return refuse('not-authentic')
      return verifySets(openTokenV1, { ...options, bytes, nowMs, format: 'LtpaToken' })
    } catch {
      return refuse('internal')
    }
  }
}

interface Attempt extends VerifierOptions {
  readonly bytes: Buffer
  readonly nowMs: number
  readonly format: TokenFormat
}

function verifySets(
  open: (bytes: Buffer, keys: LtpaKeys) => TokenParts | undefined,
  attempt: Attempt,
): Verdict {
  for (const { keys, notAfterMs } of attempt.keySets) {
    if (notAfterMs !== undefined && attempt.nowMs > notAfterMs) continue
    const parts = open(attempt.bytes, keys)
    // Authentic: whatever is wrong with it now, no other key set can mend.
    if (parts !== undefined) return judge(parts, keys.keyId, attempt)
  }
  return refuse('not-authentic')
}

function judge({ body, outerExpiryMs }: TokenParts, keyId: string, attempt: Attempt): Verdict {
  const claims = readClaims(body)
  if (typeof claims === 'string') return refuse(claims)
  const { expiryMs, realm, user } = claims
  const { format, realms } = attempt
  // Version 1 has none but the outer, which is not signed; version 2 must have one that is.
  if (expiryMs === undefined && format === 'LtpaToken2') return refuse('no-expiry')
  const expiresMs = Math.min(expiryMs ?? Infinity, outerExpiryMs ?? Infinity)
  const refusal = refusalByTime(expiresMs, attempt)
  if (refusal !== undefined) return refusal
  if (realms !== undefined && !realms.includes(realm)) {
    return { valid: false, reason: 'wrong-realm', realm }
  }
  return accept({ format, realm, user, keyId, expiresMs })
}

function verifyDomino(options: VerifierOptions, bytes: Buffer, nowMs: number): Verdict {
  for (const secret of options.domino) {
    const parts = openDominoToken(bytes, secret)
    if (parts !== undefined) return judgeDomino(parts, secret.keyId, { ...options, nowMs })
  }
  return refuse('not-authentic')
}

function judgeDomino(
  { createdMs, expiresMs, user }: DominoParts,
  keyId: string,
  times: TimeLimits,
): Verdict {
  if (createdMs > expiresMs) return refuse('ambiguous')
  if (times.nowMs < createdMs - times.clockSkewMs) return refuse('not-yet-valid')
  const refusal = refusalByTime(expiresMs, times)
  return refusal ?? accept({ format: 'Domino', realm: undefined, user, keyId, expiresMs })
}

type TimeLimits = Pick<VerifierOptions, 'clockSkewMs' | 'maxLifetimeMs'> & {
  readonly nowMs: number
}

function refusalByTime(
  expiresMs: number,
  { nowMs, clockSkewMs, maxLifetimeMs }: TimeLimits,
): Verdict | undefined {
  if (nowMs > expiresMs + clockSkewMs) return refuse('expired')
  return expiresMs - nowMs > maxLifetimeMs + clockSkewMs ? refuse('lives-too-long') : undefined
}

function accept(identity: Identity): Verdict {
  return { valid: true, identity }
}
