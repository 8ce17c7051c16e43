// What all token formats share: the text of a cookie to bytes, and the verdict. Knows no format.

export type TokenFormat = 'LtpaToken2' | 'LtpaToken' | 'Domino'

/** The user named by a token whose signature was verified. */
export interface Identity {
  readonly format: TokenFormat
  /** Undefined for Domino's own tokens, which have none. */
  readonly realm: string | undefined
  /** The unique id within the realm: a DN, or a short name. */
  readonly user: string
  /** Some bytes of a Domino name could not be decoded and stand escaped: no pattern may match it. */
  readonly isUnclear?: true
  /** The key set that verified it. */
  readonly keyId: string
  /** Milliseconds since the epoch: the earliest expiry in the token. */
  readonly expiresMs: number
}

/** ISO 8601. An authentic token may say more than a date can hold: then the last date there is. */
export function expiryText(expiresMs: number): string {
  return new Date(Math.min(expiresMs, 8.64e15)).toISOString()
}

/** Why a token was refused; for the log, never for the client. */
export type RefusalReason =
  /** Not base64, not canonical, or too long. */
  | 'malformed'
  /** No key set vouches for it: not decryptable, no structure, or a wrong signature. One reason for all three. */
  | 'not-authentic'
  /** It may be of WebSphere's version 1, which is not accepted. It was not looked at. */
  | 'version-1'
  /** The following are only ever said of authentic tokens. */
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
  /** Only for an authentic token that names its user. */
  readonly identity?: Identity
  /** With `wrong-realm`: the realms that the keys vouch for. */
  readonly keyRealms?: readonly string[]
}

/** Characters. Browsers limit a cookie to about 4096 bytes. */
export const maxTokenLength = 4096

/**
 * A token from a percent-decoded cookie, without what proxies do to it: takes off quotes around it, and turns blanks back
 * into the `+` that they were.
 * @example bareToken('"a b="') // 'a+b='
 */
export function bareToken(text: string): string {
  const bare = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  return bare.includes(' ') ? bare.replaceAll(' ', '+') : bare
}

/** The bytes of a bare token; undefined when it is not canonical base64, or too long. */
export function decodeToken(bare: string): Buffer | undefined {
  return bare.length > maxTokenLength ? undefined : decodeBase64(bare)
}

const foreign = /[^A-Za-z0-9+/]/
// The last character before the padding: only one whose unused bits are zero.
const lastOf = ['', 'AEIMQUYcgkosw048', 'AQgw'] as const

/**
 * Canonical text first: one token spelled many ways must not fill the cache. Undefined unless the text is the one
 * canonical base64 (RFC 4648 section 4) of at least one byte.
 * @example decodeBase64('AB==') // undefined
 */
export function decodeBase64(text: string): Buffer | undefined {
  if (text === '' || text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const end = text.length - padding
  // One class without repetition: no backtracking, whatever the text.
  if (foreign.test(padding === 0 ? text : text.slice(0, end))) return undefined
  if (padding > 0 && !lastOf[padding].includes(text[end - 1] as string)) return undefined
  return Buffer.from(text, 'base64')
}

export function refuse(reason: RefusalReason, identity?: Identity): TokenRefusal {
  return identity === undefined ? { valid: false, reason } : { valid: false, reason, identity }
}
