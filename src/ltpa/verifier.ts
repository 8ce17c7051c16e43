// Tokens to verdicts: every format, several key sets, expiry, lifetime and realm. Pure over node:crypto;
// the time is an argument. Authenticity comes first, so that all else is only said of authentic tokens.
import { parseAccessId } from './access-id.ts'
import type { TokenParts } from './attributes.ts'
import { readClaims } from './attributes.ts'
import type { LtpaKeys } from './key-file.ts'
import type { Identity, RefusalReason, TokenFormat, TokenRefusal, Verdict } from './token.ts'
import { bareToken, decodeToken, refuse } from './token.ts'
import type { DominoSecret } from './token-domino.ts'
import { looksLikeDomino, verifyDominoToken } from './token-domino.ts'
import { verifyTokenV1 } from './token-v1.ts'
import { verifyTokenV2 } from './token-v2.ts'

/** A key file's keys, what they vouch for, and until when, in milliseconds since the epoch. */
export interface KeySet {
  readonly keys: LtpaKeys
  /** Exact. Keys vouch for no other realm: else the keys of a test cell could sign for the real one. */
  readonly realms: readonly string[]
  readonly notAfterMs?: number
}

export interface VerifierOptions {
  /** Tried in this order. */
  readonly keySets: readonly KeySet[]
  readonly domino: readonly DominoSecret[]
  /** Whether WebSphere's version 1 is accepted, whose expiry is not signed. */
  readonly acceptV1: boolean
  readonly clockSkewMs: number
  readonly maxLifetimeMs: number
}

/** Which cookie a token came in: its name says version 1 (which Domino's own shares) or 2. */
export type TokenKind = 'v1' | 'v2'

export type Verifier = (kind: TokenKind, text: string, nowMs: number) => Verdict

/** The verifier never throws. */
export function buildVerifier(options: VerifierOptions): Verifier {
  const { keySets, domino, acceptV1 } = options
  return (kind, text, nowMs) => {
    try {
      const bytes = decodeToken(bareToken(text))
      if (bytes === undefined) return refuse('malformed')
      if (kind === 'v2') return verifySets('LtpaToken2', bytes, nowMs)
      if (looksLikeDomino(bytes)) {
        const verdict = verifyDomino(bytes, nowMs)
        // One in 2^32 tokens of version 1 looks like Domino's.
        if (verdict.valid || verdict.reason !== 'not-authentic') return verdict
      }
      if (acceptV1) return verifySets('LtpaToken', bytes, nowMs)
      return refuse(
        looksLikeDomino(bytes) || bytes.length % 8 !== 0 ? 'not-authentic' : 'version-1',
      )
    } catch {
      return refuse('internal')
    }
  }

  function verifySets(format: 'LtpaToken2' | 'LtpaToken', bytes: Buffer, nowMs: number): Verdict {
    const open = format === 'LtpaToken2' ? verifyTokenV2 : verifyTokenV1
    let ofOtherRealm: TokenRefusal | undefined
    for (const { keys, realms, notAfterMs = Infinity } of keySets) {
      if (nowMs > notAfterMs) continue
      const parts = open(bytes, keys)
      if (parts === undefined) continue
      // Authentic: whatever is wrong with it now, no other keys can mend.
      const seen = identify(parts, { format, keyId: keys.keyId, realms })
      if (typeof seen === 'string') return refuse(seen)
      const verdict = judgeTime(seen.identity, options, nowMs)
      if (!verdict.valid) return verdict
      if (seen.isAccepted) return { ...verdict, untilMs: Math.min(verdict.untilMs, notAfterMs) }
      // The same keys can be in a second file, which vouches for more.
      ofOtherRealm ??= { ...refuse('wrong-realm', seen.identity), keyRealms: realms }
    }
    return ofOtherRealm ?? refuse('not-authentic')
  }

  function verifyDomino(bytes: Buffer, nowMs: number): Verdict {
    for (const secret of domino) {
      const parts = verifyDominoToken(bytes, secret)
      if (parts === undefined) continue
      const { createdMs, expiresMs, user, isUnclear } = parts
      if (createdMs > expiresMs) return refuse('ambiguous')
      const { keyId } = secret
      const said: Identity = { format: 'Domino', realm: undefined, user, keyId, expiresMs }
      const identity: Identity = isUnclear ? { ...said, isUnclear } : said
      return nowMs < createdMs - options.clockSkewMs
        ? refuse('not-yet-valid', identity)
        : judgeTime(identity, options, nowMs)
    }
    return refuse('not-authentic')
  }
}

/** Whom an authentic token of WebSphere's is for, or why it does not say so for certain. */
function identify(
  { body, outerExpiryMs }: TokenParts,
  { format, keyId, realms }: { format: TokenFormat; keyId: string; realms: readonly string[] },
): { identity: Identity; isAccepted: boolean } | RefusalReason {
  const claims = readClaims(body)
  if (claims === 'ambiguous') return claims
  const { expiryMs, accessId } = claims
  const id = parseAccessId(accessId, realms)
  if (id === undefined) return 'no-user'
  // Version 1 has none but the outer, which is not signed; version 2 must have one that is.
  if (expiryMs === undefined && format === 'LtpaToken2') return 'no-expiry'
  const expiresMs = Math.min(expiryMs ?? Infinity, outerExpiryMs ?? Infinity)
  const { realm, user, isAccepted } = id
  return { identity: { format, realm, user, keyId, expiresMs }, isAccepted }
}

function judgeTime(
  identity: Identity,
  { clockSkewMs, maxLifetimeMs }: VerifierOptions,
  nowMs: number,
): Verdict {
  const { expiresMs } = identity
  const untilMs = expiresMs + clockSkewMs
  if (nowMs > untilMs) return refuse('expired', identity)
  if (expiresMs - nowMs > maxLifetimeMs + clockSkewMs) return refuse('lives-too-long', identity)
  return { valid: true, identity, untilMs }
}
