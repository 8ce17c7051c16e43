// The mail address that names a photo: one canonical form, used alike for URLs, file names and rules.
// It is a key of a map and never part of a path.
import { unicodeDomain } from './domain.ts'

const maxAddressLength = 254 // RFC 5321 section 4.5.3.1.3 less the angle brackets

// The fast path: plain ASCII without any character that has a meaning in a path or URL.
const plain = /^[a-z0-9!$&'*+=^_`{|}~.-]+@[a-z0-9.-]+$/

// Separators of paths, URLs and lists; control, format (with bidi and zero-width), surrogate, unassigned and
// private characters; every kind of blank. `%` would invite a second decoding. U+FFFD stands for bytes that
// were not text.
const refused = /[/\\:;,?#%<>"\ufffd\p{C}\p{Z}]/u

// `ceo@acme.example(1)`, `…~`, `…[2]` are copies that programs make of files, not domains.
const domainCharacters = /^[\p{L}\p{M}\p{N}._-]+$/u
// A domain of several labels ends with letters (RFC 1123 section 2.1): `acme.example-PC01`, `acme.example.1` and
// `acme.example.sync-conflict-20261127-101112-ABCDEFG` are copies.
const lastLabel = /^[\p{L}\p{M}]+$/u
// No domain ends like a file: `ceo@acme.example.jpg.jpg`, `….bak.jpg`.
const fileEndings =
  /\.(?:jpe?g|jpe|jfif|pjpeg|gif|png|webp|bmp|tiff?|heic|heif|avif|bak|backup|old|orig|original|tmp|temp|part|partial|copy|copie|kopie|copia|conflict|swp)$/

/**
 * The canonical address: NFC and lower case, the domain in Unicode (`xn--bcher-kva.example` is `bücher.example`).
 * Undefined when the text is not an address: not exactly one `@` with something on both sides, a refused character,
 * `..`, a dot at the start or around the domain, more than 254 characters, or an impossible domain.
 * The result parses to itself.
 * @example parseAddress('Joe@XN--BCHER-KVA.example') // 'joe@bücher.example'
 * @example parseAddress('joe@acme.example.bak') // undefined
 */
export function parseAddress(text: string): string | undefined {
  if (text.length > maxAddressLength) return undefined
  let address = text.toLowerCase()
  if (!plain.test(address) || address.includes('xn--')) {
    // Lower-casing can decompose (U+0130), and composing can bring capitals back: both are done before and after.
    const composed = text.normalize('NFC').toLowerCase().normalize('NFC')
    const start = composed.lastIndexOf('@') + 1
    const domain = unicodeDomain(composed.slice(start))
    if (domain === undefined) return undefined
    address = composed.slice(0, start) + domain
    if (address.length > maxAddressLength || refused.test(address)) return undefined
  }
  const at = address.indexOf('@')
  if (at < 1 || at === address.length - 1 || address.indexOf('@', at + 1) >= 0) return undefined
  // A file whose name begins with a dot is hidden and never served.
  if (address.startsWith('.') || address.includes('..')) return undefined
  return isDomain(address.slice(at + 1)) ? address : undefined
}

function isDomain(domain: string): boolean {
  // `acme.example.` would be a second name for the same people: a rule that excludes the first would miss it.
  if (!domainCharacters.test(domain) || /^\.|\.$/.test(domain)) return false
  const dot = domain.lastIndexOf('.')
  return dot < 0 || (lastLabel.test(domain.slice(dot + 1)) && !fileEndings.test(domain))
}
