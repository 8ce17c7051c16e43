// What all token formats share: a cookie's text to bytes, and what a verdict is.

export type TokenFormat = 'LtpaToken2' | 'LtpaToken' | 'Domino'

/** Who somebody is, by a token whose signature was checked. */
export interface Identity {
  readonly format: TokenFormat
  /** Undefined for Domino's own tokens, which have none. */
  readonly realm: string | undefined
  /** The unique id within the realm: a DN, or a short name. */
  readonly user: string
  /** The key set that verified it. */
  readonly keyId: string
  /** Milliseconds since the epoch, the smallest that the token says. */
  readonly expiresMs: number
}

/** Why a token was refused; for the log, never for the client. */
export type RefusalReason =
  /** Not base64, not canonical, too long, or of no token's length. */
  | 'malformed'
  /** No key set vouches for it: not decryptable, no structure, or a wrong signature. Told as one. */
  | 'not-authentic'
  /** The rest is only ever said of authentic tokens. */
  | 'ambiguous'
  | 'no-expiry'
  | 'no-user'
  | 'expired'
  | 'not-yet-valid'
  | 'lives-too-long'
  | 'wrong-realm'
  /** A fault of the program. */
  | 'internal'

export type Verdict =
  | { readonly valid: true; readonly identity: Identity }
  /** `realm`: the authentic token's, when that is what was wrong. */
  | { readonly valid: false; readonly reason: RefusalReason; readonly realm?: string }

/** Characters; a browser limits a cookie to about as many bytes. */
export const longestToken = 4096

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The bytes of a token as a cookie parser hands it over, percent-decoded. Quotes around it are taken
 * off, and blanks that were a `+` before some proxy decoded them are mended. Undefined when the text
 * is not the one canonical base64 of its bytes: else one token would have many texts.
 */
export function decodeToken(text: string): Buffer | undefined {
  if (text.length > longestToken) return undefined
  const bare = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  return decodeBase64(bare.includes(' ') ? bare.replaceAll(' ', '+') : bare)
}

/** Undefined unless the text is the canonical base64 of at least one byte. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text === '' || !base64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

export function refuse(reason: RefusalReason): Verdict {
  return { valid: false, reason }
}
