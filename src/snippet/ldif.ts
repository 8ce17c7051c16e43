// LDIF (RFC 2849) that gives each person the URL of their photo. Where a person's entry is, no mail
// address says: a template of the administrator's does.
import { photoUrl } from './photo-url.ts'

export interface LdifOptions {
  readonly url: URL
  /** The attribute that gets the URL. */
  readonly attribute: string
  readonly dnOf: (address: string) => string
}

/** Longest line, in bytes, without its end. */
const maxLineLength = 76

const placeholders: Record<string, (address: string) => string> = {
  address: address => address,
  local: address => address.slice(0, address.indexOf('@')),
  domain: address => address.slice(address.indexOf('@') + 1),
}

/**
 * From `uid={local},ou=people,o=acme` to the DN of an address. `{address}`, `{local}` and `{domain}` stand
 * for it and its halves, escaped; all else is taken as it is. A text when the template is none.
 */
export function parseDnTemplate(template: string): ((address: string) => string) | string {
  const names = [...template.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name)
  const unknown = names.find(name => !Object.hasOwn(placeholders, name))
  if (unknown !== undefined) {
    return `has {${unknown}}; write {address}, or {local} and {domain} for what is before and behind the @`
  }
  if (!names.some(name => name !== 'domain'))
    return 'names nobody; write {address} or {local} in it'
  if (!/^[a-z\d.-]+=/i.test(template)) return 'is no DN; begin it with an attribute, such as mail='
  if (/\p{Cc}/u.test(template)) return 'has a control character'
  return address =>
    template.replace(/\{([^}]*)\}/g, (_, name: string) =>
      escapeDnValue((placeholders[name] as (typeof placeholders)['address'])(address)),
    )
}

/** RFC 4514 section 2.4: special characters anywhere, a blank at either end, a number sign at the beginning. */
export function escapeDnValue(value: string): string {
  return value.replace(/["+,;<>\\=]|^[ #]| $/g, '\\$&').replaceAll('\0', '\\00')
}

/** One change for each address, in their order, each with a line's end: RFC 2849 wants a blank line between them. */
export function* ldifChanges(
  addresses: readonly string[],
  options: LdifOptions,
): Generator<string> {
  const { url, attribute, dnOf } = options
  for (const address of addresses) {
    const lines = [
      lineOf('dn', dnOf(address)),
      lineOf('changetype', 'modify'),
      lineOf('replace', attribute),
      lineOf(attribute, photoUrl(url, address)),
      '-',
    ]
    yield `${lines.join('\n')}\n`
  }
}

/** One line of LDIF, folded, and in base64 where RFC 2849 wants that. */
export function lineOf(name: string, value: string): string {
  // Nearly SAFE-STRING: ASCII that begins with neither blank, colon nor less-than sign. That would allow
  // control characters, and a blank at the end, which many an editor loses.
  const isSafe = /^(?![ :<])[ -~]*(?<! )$/.test(value)
  return fold(isSafe ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`)
}

// All is ASCII by now, so that no character can be cut in two.
function fold(line: string): string {
  const parts = [line.slice(0, maxLineLength)]
  for (let at = maxLineLength; at < line.length; at += maxLineLength - 1) {
    parts.push(` ${line.slice(at, at + maxLineLength - 1)}`)
  }
  return parts.join('\n')
}
