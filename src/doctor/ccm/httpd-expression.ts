// Whether an expression of <LocationMatch>, <DirectoryMatch> or AliasMatch is found in a text, in time that grows with
// the text: by an automaton, as no expression of a file may hold the doctor.
import { buildAutomaton, TooComplexError } from '../../convert/regex/automaton.ts'
import { isFoundIn } from '../../convert/regex/automaton-search.ts'
import { RegexError } from '../../convert/regex/regex.ts'
import { parseRegex } from '../../convert/regex/regex-parser.ts'

const maxLength = 1_000
// An automaton has a node for each turn of `a{100}`.
const maxTurns = 100

/**
 * Undefined: not known. The expression is too long, repeats too often, or has what no automaton can tell (assertions).
 * @example isFoundBy('(?i)^/DM', '/dm/atom') // true
 * @example isFoundBy('^(?!/dm)', '/dm/atom') // undefined
 */
export function isFoundBy(expression: string, text: string): boolean | undefined {
  if (expression.length > maxLength || turnsOf(expression) > maxTurns) return undefined
  try {
    return isFoundIn(buildAutomaton(parseRegex(expression)), plainBytes(text))
  } catch (error) {
    if (error instanceof RegexError || error instanceof TooComplexError) return undefined
    throw error
  }
}

function turnsOf(expression: string): number {
  const counts = [...expression.matchAll(/\{(\d*)(?:,(\d*))?\}/g)]
  return counts.reduce((turns, [, min, max]) => turns * Math.max(1, Number(max || min)), 1)
}

// Apache compares bytes. To an expression of ASCII one byte above it is as good as another.
function plainBytes(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^\0-~]/g, '\x7f')
}
