// What a rule may ask of the cookies: that one is there, by its name or how that begins, and has a value, or a
// value that starts so.
// Presence proves nothing: anybody can send any cookie. Knows nothing of headers or parsing.

/**
 * A cookie, its name in lower case. Rules see the value as it was sent, as Apache does: `%61bc` is not `abc`.
 * `decoded`: without its escapes, where that makes a difference.
 */
export interface Cookie {
  readonly name: string
  readonly value: string
  readonly decoded?: string
}

/** `value` undefined: present and not empty. Name and value are in lower case. */
export interface CookiePattern {
  readonly name: string
  /** Every name that begins so. Only without a value. */
  readonly isNamePrefix: boolean
  readonly value?: string
  /** Every value that begins so. */
  readonly isPrefix: boolean
  /** As written, for messages. */
  readonly text: string
}

export class CookiePatternError extends Error {}

/** RFC 9110 section 5.6.2; RFC 6265 section 4.1.1 gives cookie names the same alphabet. */
export const cookieNamePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// A value with anything else can be written, and never comes so: browsers cut at the semicolon, and servers encode.
const sendable = /^[!-:<-~](?:[ -:<-~]*[!-:<-~])?$/

/**
 * `Name`, `Name*`, `Name=value` or `Name=prefix*`.
 * @throws CookiePatternError that says what to write instead.
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
      `asks for a value that is never sent so; write it percent-encoded, as browsers show it: %C3%BC, %3B`,
    )
  }
  return {
    ...{ name: name.toLowerCase(), isNamePrefix, isPrefix, text },
    value: value.toLowerCase(),
  }
}

/** Whether something stands in it. A quote, or two, and a blank prove as little as no value. */
export function hasValue({ value }: Pick<Cookie, 'value'>): boolean {
  return /^"?[^"\s]/.test(value)
}

/** Whether the pattern asks for cookies of this name, which is in lower case. */
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
