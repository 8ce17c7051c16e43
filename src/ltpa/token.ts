// What all token formats share: a cookie's text to bytes, and what a verdict is.

export type TokenFormat = 'LtpaToken2' | 'LtpaToken' | 'Domino'

/** Who somebody is, by a token whose signature was checked. */
export interface Identity {
  readonly format: TokenFormat
  /** Undefined for Domino's own tokens, which have none. */
  readonly realm: string | undefined
  /** The unique id within the realm: a DN, or a short name. */
  readonly user: string
  /** Some of a Domino name is not understood and stands escaped: no pattern may match it. */
  readonly isUnclear?: true
  /** The key set that verified it. */
  readonly keyId: string
  /** Milliseconds since the epoch, the smallest that the token says. */
  readonly expiresMs: number
}

/** ISO 8601. What an authentic token says may be beyond what a date can hold: then the last one there is. */
export function expiryText(expiresMs: number): string {
  return new Date(Math.min(expiresMs, 8.64e15)).toISOString()
}

/** Why a token was refused; for the log, never for the client. */
export type RefusalReason =
  /** Not base64, not canonical, too long, or of no token's length. */
  | 'malformed'
  /** No key set vouches for it: not decryptable, no structure, or a wrong signature. Told as one. */
  | 'not-authentic'
  /** It may be of WebSphere's version 1, which is not accepted; nothing of it was looked at. */
  | 'version-1'
  /** The rest is only ever said of authentic tokens. */
  | 'ambiguous'
  | 'no-expiry'
  | 'no-user'
  | 'expired'
  | 'not-yet-valid'
  | 'lives-too-long'
  | 'wrong-realm'
  /** Not looked at: the client has sent too many that were not authentic. */
  | 'too-many'
  /** A fault of the program. */
  | 'internal'

export type Verdict =
  /** `untilMs`: how long the verdict holds, in milliseconds since the epoch. */
  { readonly valid: true; readonly identity: Identity; readonly untilMs: number } | TokenRefusal

export interface TokenRefusal {
  readonly valid: false
  readonly reason: RefusalReason
  /** Of an authentic token that says who it was for. */
  readonly identity?: Identity
  /** With `wrong-realm`: the realms that the keys vouch for. */
  readonly keyRealms?: readonly string[]
}

/** Characters; a browser limits a cookie to about as many bytes. */
export const maxTokenLength = 4096

/**
 * A token as a cookie parser hands it over, percent-decoded, without what it met on its way: quotes around
 * it are taken off, and blanks that were a `+` before some proxy decoded them are mended.
 */
export function bareToken(text: string): string {
  const bare = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  return bare.includes(' ') ? bare.replaceAll(' ', '+') : bare
}

/** The bytes of a bare token; undefined when it is none or too long. */
export function decodeToken(bare: string): Buffer | undefined {
  return bare.length > maxTokenLength ? undefined : decodeBase64(bare)
}

const foreign = /[^A-Za-z0-9+/]/
// What may stand before the padding, with nothing in the bits that are left over.
const lastOf = ['', 'AEIMQUYcgkosw048', 'AQgw'] as const

/**
 * Undefined unless the text is the one canonical base64 (RFC 4648 section 4) of at least one byte: else
 * one token would have many texts.
 */
export function decodeBase64(text: string): Buffer | undefined {
  if (text === '' || text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const end = text.length - padding
  // One class and no repetition: nothing to go back for, whatever the text.
  if (foreign.test(padding === 0 ? text : text.slice(0, end))) return undefined
  if (padding > 0 && !lastOf[padding].includes(text[end - 1] as string)) return undefined
  return Buffer.from(text, 'base64')
}

export function refuse(reason: RefusalReason, identity?: Identity): TokenRefusal {
  return identity === undefined ? { valid: false, reason } : { valid: false, reason, identity }
}
