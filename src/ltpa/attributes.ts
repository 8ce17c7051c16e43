// The signed part of a WebSphere token: `expire:…$u:user\:realm/id`, and the parts around it.
import { isUtf8 } from 'node:buffer'

/** The three parts of a decrypted token. `body` is what is signed, byte for byte. */
export interface TokenParts {
  readonly body: Buffer
  /** Milliseconds; undefined in the form that has none. Not signed. */
  readonly outerExpiryMs: number | undefined
  readonly signature: string
}

const percent = 0x25
const backslash = 0x5c

/** Splits from the end: a body may hold an escaped `%`. Undefined when there is no signature. */
export function splitToken(plain: Buffer): TokenParts | undefined {
  const last = plain.lastIndexOf(percent)
  if (last < 1) return undefined
  const signature = plain.toString('latin1', last + 1)
  const middle = plain.lastIndexOf(percent, last - 1)
  if (middle > 0 && !isEscaped(plain, middle)) {
    const digits = plain.toString('latin1', middle + 1, last)
    const outerExpiryMs = parseMilliseconds(digits)
    if (outerExpiryMs !== undefined) {
      return { body: plain.subarray(0, middle), outerExpiryMs, signature }
    }
  }
  return { body: plain.subarray(0, last), outerExpiryMs: undefined, signature }
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let first = at
  while (first > 0 && bytes[first - 1] === backslash) first--
  return (at - first) % 2 === 1
}

/** What a body says of its user. `ambiguous`: twice, or not in UTF-8. */
export type Claims =
  | { readonly expiryMs: number | undefined; readonly realm: string; readonly user: string }
  | 'ambiguous'
  | 'no-user'

/** Reads a body whose signature has been checked; unknown attributes are ignored. */
export function readClaims(body: Buffer): Claims {
  if (!isUtf8(body)) return 'ambiguous'
  const text = body.toString('utf8')
  const found = new Map<string, string>()
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = findUnescaped(text, '$', start)
    const colon = findUnescaped(text, ':', start)
    const name = text.slice(start, colon)
    if (colon >= end || (name !== 'u' && name !== 'expire')) continue
    // WebSphere takes the last of several; whoever can add one could then choose who he is.
    if (found.has(name)) return 'ambiguous'
    found.set(name, text.slice(colon + 1, end))
  }
  const expire = found.get('expire')
  const expiryMs = expire === undefined ? undefined : parseMilliseconds(expire)
  if (expire !== undefined && expiryMs === undefined) return 'ambiguous'
  const user = unescapeValue(found.get('u') ?? '').replace(/^user:/, '')
  const slash = user.indexOf('/')
  if (slash < 0 || slash === user.length - 1) return 'no-user'
  return { expiryMs, realm: user.slice(0, slash), user: user.slice(slash + 1) }
}

/** Where the sign stands next without a backslash before it, or the end of the text. */
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
