// Tokens to verdicts: every format, several key sets, expiry, lifetime and realm. Pure over node:crypto; the time is an
// argument. Verifies authenticity first, so that every other reason is only said of authentic tokens.
// deploy/docs/ltpa.md section 6.
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

/** The keys of a key file, the realms that they vouch for, and until when (milliseconds since the epoch). */
export interface KeySet {
  readonly keys: LtpaKeys
  /** Exact. Keys vouch for no other realm: otherwise the keys of a test cell could sign for the real one. */
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

/** By the name of the token's cookie: version 1 (shared with Domino's own tokens) or 2. */
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
      // Authentic: no other keys can change what is wrong with it now.
      const seen = identify(parts, { format, keyId: keys.keyId, realms })
      if (typeof seen === 'string') return refuse(seen)
      const verdict = judgeTime(seen.identity, options, nowMs)
      if (!verdict.valid) return verdict
      if (seen.isAccepted) return { ...verdict, untilMs: Math.min(verdict.untilMs, notAfterMs) }
      // The same keys may be in a second file that vouches for other realms.
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

/** The user of an authentic WebSphere token, or why the token does not name one for certain. */
function identify(
  { body, outerExpiryMs }: TokenParts,
  { format, keyId, realms }: { format: TokenFormat; keyId: string; realms: readonly string[] },
): { identity: Identity; isAccepted: boolean } | RefusalReason {
  const claims = readClaims(body)
  if (claims === 'ambiguous') return claims
  const { expiryMs, accessId } = claims
  const id = parseAccessId(accessId, realms)
  if (id === undefined) return 'no-user'
  // Version 1 may have only the outer expiry, which is not signed. Version 2 must have a signed one.
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
