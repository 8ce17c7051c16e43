// The quantifiers of PCRE: `*`, `+`, `?` and `{1,3}`. Does not know lazy and possessive ones: the parser does.

export interface Quantifier {
  readonly min: number
  /** Infinity: no upper bound. */
  readonly max: number
  /** Characters that the quantifier takes. */
  readonly length: number
}

const maxRepeats = 1_000
const bracesWithBlanks = /^\{[ \t]*\d*[ \t]*,?[ \t]*\d*[ \t]*\}/

/** Why a quantifier is refused, worded to follow the expression, and after how many characters. */
interface RefusedQuantifier {
  readonly problem: string
  readonly length: number
}

/** The quantifier at the start of the text. Undefined when there is none. */
export function readQuantifier(text: string): Quantifier | RefusedQuantifier | undefined {
  if (text.startsWith('*')) return { min: 0, max: Infinity, length: 1 }
  if (text.startsWith('+')) return { min: 1, max: Infinity, length: 1 }
  if (text.startsWith('?')) return { min: 0, max: 1, length: 1 }
  const braces = /^\{(\d*)(,?)(\d*)\}/.exec(text.slice(0, 16))
  if (braces === null) {
    // PCRE2 allows blanks inside since 10.43. Before, the braces were literal.
    if (!bracesWithBlanks.test(text)) return undefined
    return { problem: 'has blanks in {…}, which versions of PCRE read differently', length: 0 }
  }
  const [all, lower = '', comma = '', upper = ''] = braces
  // Versions of PCRE differ on {,3}.
  if (lower === '') {
    if (comma === '') return undefined
    const problem = `has ${all}, which versions of PCRE read differently; write {0,${upper}}`
    return { problem, length: 0 }
  }
  const { length } = all
  const min = Number(lower)
  const max = comma === '' ? min : upper === '' ? Infinity : Number(upper)
  if (max < min) return { problem: `has ${all}, whose minimum is above its maximum`, length }
  if (Math.max(min, max === Infinity ? 0 : max) > maxRepeats) {
    return { problem: `repeats more than ${maxRepeats} times`, length }
  }
  return { min, max, length }
}
