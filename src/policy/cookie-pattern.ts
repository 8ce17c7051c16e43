// What a rule may ask of a cookie: a name, or the beginning of one, and any value, one value or the beginning of one.
// Presence proves nothing: any client can send any cookie. Knows nothing of headers or parsing.

/**
 * A cookie, its name in lower case. Rules see the value as the client sent it, as Apache does: `%61bc` is not `abc`.
 * `decoded`: the value without its percent escapes; absent when it has none.
 */
export interface Cookie {
  readonly name: string
  readonly value: string
  readonly decoded?: string
}

/** `value` undefined: present and not empty. Name and value are in lower case. */
export interface CookiePattern {
  readonly name: string
  /** Matches every name that begins with `name`. Only without a value. */
  readonly isNamePrefix: boolean
  readonly value?: string
  /** Matches every value that begins with `value`. */
  readonly isPrefix: boolean
  /** As written, for messages. */
  readonly text: string
}

export class CookiePatternError extends Error {}

/** RFC 9110 section 5.6.2; RFC 6265 section 4.1.1 gives cookie names the same alphabet. */
export const cookieNamePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// No client sends any other value: browsers cut at a semicolon, and servers encode the rest.
const sendable = /^[!-:<-~](?:[ -:<-~]*[!-:<-~])?$/

/**
 * `Name`, `Name*`, `Name=value` or `Name=prefix*`.
 * @throws CookiePatternError that says what to write instead.
 * @example parseCookiePattern('Shib*') // { name: 'shib', isNamePrefix: true, isPrefix: false, text: 'Shib*' }
 * @example parseCookiePattern('a=') // throws /asks for no value/
 */
export function parseCookiePattern(text: string): CookiePattern {
  const equals = text.indexOf('=')
  const isNamePrefix = equals < 0 && text.endsWith('*')
  const name = equals < 0 ? text.slice(0, isNamePrefix ? -1 : undefined) : text.slice(0, equals)
  if (!cookieNamePattern.test(name) || (equals < 0 && name.includes('*'))) {
    throw new CookiePatternError(
      'has no cookie name; write Name, Name*, Name=value or Name=prefix*',
    )
  }
  if (equals < 0) return { name: name.toLowerCase(), isNamePrefix, isPrefix: false, text }
  const isPrefix = text.endsWith('*')
  const value = text.slice(equals + 1, isPrefix ? -1 : undefined)
  if (value === '') {
    throw new CookiePatternError(
      `asks for no value; write ${name} for any cookie that is not empty`,
    )
  }
  if (value.includes('*')) {
    throw new CookiePatternError(`can have one * only, at its end; write ${name}=prefix*`)
  }
  if (!sendable.test(value)) {
    throw new CookiePatternError(
      `asks for a value that no client sends; write it percent-encoded, as browsers show it: %C3%BC, %3B`,
    )
  }
  return {
    ...{ name: name.toLowerCase(), isNamePrefix, isPrefix, text },
    value: value.toLowerCase(),
  }
}

/**
 * Whether the cookie has a value. Quotes around nothing and blanks count as none.
 * @example hasValue({ value: '""' }) // false
 */
export function hasValue({ value }: Pick<Cookie, 'value'>): boolean {
  return /^"?[^"\s]/.test(value)
}

/** Whether the pattern asks for cookies of this name. `cookieName`: in lower case. */
export function namesCookie({ name, isNamePrefix }: CookiePattern, cookieName: string): boolean {
  return isNamePrefix ? cookieName.startsWith(name) : cookieName === name
}

/** Whether one cookie satisfies the pattern. Case is ignored, as the `[NC]` of the old block did. */
export function matchesCookie(pattern: CookiePattern, cookie: Cookie): boolean {
  if (!namesCookie(pattern, cookie.name) || !hasValue(cookie)) return false
  if (pattern.value === undefined) return true
  const value = cookie.value.toLowerCase()
  return pattern.isPrefix ? value.startsWith(pattern.value) : value === pattern.value
}
