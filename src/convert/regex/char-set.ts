// Sets of characters, and those with a name in expressions. Apache compares bytes. All bytes beyond ASCII are one
// member here, because no expression that the parser accepts tells them apart.

/** Bit n: the character with code n, from 0 to 127. Bit 128: any byte beyond ASCII. */
export type CharSet = bigint

/** A stand-in for every byte beyond ASCII. */
export const beyondAscii = '\u0080'

export const oneChar = (code: number): CharSet => 1n << BigInt(Math.min(code, 128))

export const allChars: CharSet = (1n << 129n) - 1n
const digits = rangeOf('0', '9')
const words = digits | rangeOf('a', 'z') | rangeOf('A', 'Z') | setOf('_')
const spaces = setOf(' \t\n\v\f\r')
/** The members of a backslash and a letter, such as `\d`. */
export const escapes: Record<string, CharSet> = {
  ...{ d: digits, D: allChars & ~digits, w: words, W: allChars & ~words },
  ...{ s: spaces, S: allChars & ~spaces, h: setOf(' \t') },
  ...{ t: oneChar(9), n: oneChar(10), f: oneChar(12), r: oneChar(13), e: oneChar(27) },
}
/** The members of `[:digit:]` and the other POSIX classes. */
export const posix: Record<string, CharSet> = {
  ...{ digit: digits, space: spaces, blank: setOf(' \t'), word: words },
  ...{ lower: rangeOf('a', 'z'), upper: rangeOf('A', 'Z') },
  alpha: rangeOf('a', 'z') | rangeOf('A', 'Z'),
  alnum: digits | rangeOf('a', 'z') | rangeOf('A', 'Z'),
  xdigit: digits | rangeOf('a', 'f') | rangeOf('A', 'F'),
  punct: rangeOf('!', '~') & ~(words & ~setOf('_')),
}
export function rangeOf(first: string, last: string): CharSet {
  const [from, to] = [first.charCodeAt(0), last.charCodeAt(0)]
  return ((1n << BigInt(to + 1)) - 1n) & ~((1n << BigInt(from)) - 1n)
}

function setOf(text: string): CharSet {
  return [...text].reduce((set, char) => set | oneChar(char.charCodeAt(0)), 0n)
}

/** The set with the other case of each letter. */
export function withBothCases(set: CharSet): CharSet {
  const upper = set & rangeOf('A', 'Z')
  const lower = set & rangeOf('a', 'z')
  return set | (upper << 32n) | (lower >> 32n)
}

/** The code of the set's only member. Undefined when it has none or several. */
export function codeOfOne(set: CharSet): number | undefined {
  if (set === 0n || (set & (set - 1n)) !== 0n) return undefined
  return set.toString(2).length - 1
}
