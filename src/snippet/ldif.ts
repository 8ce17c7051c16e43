// Writes LDIF (RFC 2849) that gives each person's entry the URL of their photo. A mail address does not say where
// the entry is: the administrator's template does. Reading LDIF is in supply/source/people/.
import { photoUrl } from './photo-url.ts'

export interface LdifOptions {
  readonly url: URL
  /** The attribute that gets the URL. */
  readonly attribute: string
  /** From a mail address to the DN of its person's entry, escaped. */
  readonly dnOf: (address: string) => string
}

/** In bytes, without the line end. */
const maxLineLength = 76

const placeholders: Record<string, (address: string) => string> = {
  address: address => address,
  local: address => address.slice(0, address.indexOf('@')),
  domain: address => address.slice(address.indexOf('@') + 1),
}

/**
 * From `uid={local},ou=people,o=acme` to a function that makes the DN of a mail address. `{address}`, `{local}`
 * and `{domain}` stand for the address and its halves, escaped; the rest is copied. Returns a text, worded to
 * follow the template, when the template is not usable.
 * @example parseDnTemplate('ou=people') // 'names nobody; write {address} or {local} in it'
 */
export function parseDnTemplate(template: string): ((address: string) => string) | string {
  const names = [...template.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name)
  const unknown = names.find(name => !Object.hasOwn(placeholders, name))
  if (unknown !== undefined) {
    return `has {${unknown}}; write {address}, or {local} and {domain} for the parts before and after the @`
  }
  if (!names.some(name => name !== 'domain'))
    return 'names nobody; write {address} or {local} in it'
  if (!/^[a-z\d.-]+=/i.test(template))
    return 'is not a DN; begin it with an attribute, such as mail='
  if (/\p{Cc}/u.test(template)) return 'has a control character'
  return address =>
    template.replace(/\{([^}]*)\}/g, (_, name: string) =>
      escapeDnValue((placeholders[name] as (typeof placeholders)['address'])(address)),
    )
}

/**
 * Escapes a value for a DN, RFC 4514 section 2.4: special characters anywhere, a blank at either end, a number
 * sign at the start.
 * @example escapeDnValue('#a,b ') // '\\#a\\,b\\ '
 */
export function escapeDnValue(value: string): string {
  return value.replace(/["+,;<>\\=]|^[ #]| $/g, '\\$&').replaceAll('\0', '\\00')
}

/**
 * One change record for each mail address, in their order. Each ends with one line end; put a blank line between
 * them (RFC 2849).
 */
export function* ldifChanges(
  addresses: readonly string[],
  options: LdifOptions,
): Generator<string> {
  const { url, attribute, dnOf } = options
  for (const address of addresses) {
    const lines = [
      formatLdifLine('dn', dnOf(address)),
      formatLdifLine('changetype', 'modify'),
      formatLdifLine('replace', attribute),
      formatLdifLine(attribute, photoUrl(url, address)),
      '-',
    ]
    yield `${lines.join('\n')}\n`
  }
}

/**
 * One line of LDIF without its end: folded after 76 bytes, and in base64 where RFC 2849 requires it.
 * @example formatLdifLine('cn', 'joe') // 'cn: joe'
 * @example formatLdifLine('cn', 'jö') // 'cn:: asO2'
 */
export function formatLdifLine(name: string, value: string | Buffer): string {
  // SAFE-STRING of RFC 2849: ASCII that begins with neither blank, colon nor less-than sign. Stricter in two
  // points: no control characters, and no blank at the end, which editors remove.
  const isSafe = typeof value === 'string' && /^(?![ :<])[ -~]*(?<! )$/.test(value)
  return fold(isSafe ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`)
}

// The line is ASCII by now, so no character can be cut in two.
function fold(line: string): string {
  const parts = [line.slice(0, maxLineLength)]
  for (let at = maxLineLength; at < line.length; at += maxLineLength - 1) {
    parts.push(` ${line.slice(at, at + maxLineLength - 1)}`)
  }
  return parts.join('\n')
}
