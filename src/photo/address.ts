// The mail address that names a photo: one canonical form, used alike for URLs, file names and rules.
// It is a key of a map and never part of a path.

const longestAddress = 254 // RFC 5321 section 4.5.3.1.3 less the angle brackets

// What a quick look is enough for: plain ASCII, no character that means something to a path or URL.
const plain = /^[a-z0-9!$&'*+=^_`{|}~.-]+@[a-z0-9.-]+$/

// Separators of paths, URLs and lists; control, format (with bidi and zero-width), surrogate,
// unassigned and private characters; every kind of blank. `%` would invite a second decoding.
const refused = /[/\\:;,?#%<>"\p{C}\p{Z}]/u

/**
 * The canonical address: NFC and lower case. Undefined when the text is no address: not exactly one
 * `@` with something on both sides, a refused character, `..`, a dot at the start (such a file is hidden, and
 * never served), or over 254 characters.
 * The result parses to itself.
 */
export function parseAddress(text: string): string | undefined {
  if (text.length > longestAddress) return undefined
  let address = text.toLowerCase()
  if (!plain.test(address)) {
    // Lower-casing can decompose (U+0130) and composing can bring capitals back, so: both, twice over.
    address = text.normalize('NFC').toLowerCase().normalize('NFC')
    if (address.length > longestAddress || refused.test(address)) return undefined
  }
  const at = address.indexOf('@')
  if (at < 1 || at === address.length - 1 || address.indexOf('@', at + 1) >= 0) return undefined
  return address.startsWith('.') || address.includes('..') ? undefined : address
}
