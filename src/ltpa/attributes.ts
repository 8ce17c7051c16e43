// The signed part of a WebSphere token, `expire:…$u:user\:realm/id`, and the parts around it. Verifies nothing.
// deploy/docs/ltpa.md section 3.
import { isUtf8 } from 'node:buffer'

/** A decrypted token without its signature. `body` is signed, byte for byte. */
export interface TokenParts {
  readonly body: Buffer
  /** Milliseconds since the epoch, not signed; undefined in the form without it. */
  readonly outerExpiryMs: number | undefined
}

export interface SplitToken extends TokenParts {
  /** The text at the place of the signature. */
  readonly signature: string
  /** The mark before the signature is there. Without it the parts are useless, but cost the same time. */
  readonly isMarked: boolean
}

const percent = 0x25
const backslash = 0x5c

/**
 * Splits from the end, as the length of the signature is known: a body may hold an escaped `%`.
 * @param signatureBytes its length before base64.
 */
export function splitToken(plain: Buffer, signatureBytes: number): SplitToken {
  const mark = plain.length - 4 * Math.ceil(signatureBytes / 3) - 1
  const signature = plain.toString('latin1', Math.max(0, mark + 1))
  const isMarked = mark > 0 && plain[mark] === percent
  const middle = mark > 0 ? plain.lastIndexOf(percent, mark - 1) : -1
  const outerExpiryMs =
    isMarked && middle > 0 && !isEscaped(plain, middle)
      ? parseMilliseconds(plain.toString('latin1', middle + 1, mark))
      : undefined
  const end = outerExpiryMs === undefined ? mark : middle
  return { body: plain.subarray(0, Math.max(0, end)), outerExpiryMs, signature, isMarked }
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let first = at
  while (first > 0 && bytes[first - 1] === backslash) first--
  return (at - first) % 2 === 1
}

/** The user and expiry in a body. `ambiguous`: one of them twice, or not UTF-8. */
export type Claims =
  /** `accessId`: for parseAccessId; empty when there is none. */
  { readonly expiryMs: number | undefined; readonly accessId: string } | 'ambiguous'

/** Reads a body whose signature has been verified. Ignores unknown attributes. */
export function readClaims(body: Buffer): Claims {
  if (!isUtf8(body)) return 'ambiguous'
  const text = body.toString('utf8')
  const found = new Map<string, string>()
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = findUnescaped(text, '$', start)
    const colon = findUnescaped(text, ':', start)
    const name = text.slice(start, colon)
    if (colon >= end || (name !== 'u' && name !== 'expire')) continue
    // WebSphere takes the last of several: an attacker who can add one could choose the user.
    if (found.has(name)) return 'ambiguous'
    found.set(name, text.slice(colon + 1, end))
  }
  const expire = found.get('expire')
  const expiryMs = expire === undefined ? undefined : parseMilliseconds(expire)
  if (expire !== undefined && expiryMs === undefined) return 'ambiguous'
  return { expiryMs, accessId: unescapeValue(found.get('u') ?? '') }
}

/** The offset of the next sign without a backslash before it, or the end of the text. */
function findUnescaped(text: string, sign: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === sign) return at
  }
  return text.length
}

function unescapeValue(text: string): string {
  return text.replace(/\\([%$:|\\])/g, '$1')
}

function parseMilliseconds(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
