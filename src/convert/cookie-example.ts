// Examples of Cookie headers that a condition of httpd.conf and a rule of photogate decide differently.
import type { Automaton } from './regex/automaton.ts'
import type { Segment } from './regex/automaton-search.ts'
import { findUnmatched, isFoundIn } from './regex/automaton-search.ts'
import { beyondAscii } from './regex/char-set.ts'

export type CookieAccident = {
  readonly kind: 'name-suffix' | 'empty-value' | 'other-value' | 'inside-a-value'
  /** A Cookie header that httpd.conf admits and the rule does not. */
  readonly example: string
}

/** The expression does not ask for a cookie in a way that a rule can. The message is worded to follow it. */
export class CookieRegexError extends Error {}

const letters = [...'1023456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
// The characters that a rule accepts in names and values. A value in quotes equals the same value without.
const nameChars = [...letters, ..."_-.!#$%&'*+^`|~"]
const startChars = [...letters, ..."-_.~!#$%&'()*+/:<=>?@[]^`{|}\\,", beyondAscii]
const valueChars = [...startChars, ...' \t"']

// Other cookies before and after, with and without the blank that browsers write after a semicolon.
const places = ['', 'other=1; ', 'other=1;', 'other=1;  '].flatMap(before =>
  ['', '; other=1', ';other=1'].map(after => [before, after] as const),
)

interface Alphabets {
  readonly ofName: readonly string[]
  /** The first character of a value, after an opening quote. */
  readonly ofStart: readonly string[]
  readonly ofValue: readonly string[]
  readonly quote: '' | '"'
}

const plain: Alphabets = { ofName: letters, ofStart: letters, ofValue: letters, quote: '' }
const odds: Alphabets = { ofName: nameChars, ofStart: startChars, ofValue: valueChars, quote: '' }

/**
 * Cookie headers that satisfy the pattern but not the expression: in another place, in another case, with other
 * characters.
 * @throws CookieRegexError when there is no place where all values of letters and digits satisfy the expression
 */
export function findWider(pattern: string, automaton: Automaton): string[] {
  const { name, value, isNamePrefix, isAnyValue } = partsOfPattern(pattern)
  const segmentsAt = (
    [before, after]: readonly [string, string],
    { ofName, ofStart, ofValue, quote }: Alphabets = plain,
  ): Segment[] => [
    before + name,
    ...(isNamePrefix ? [{ of: ofName, min: 0 } as const] : []),
    `=${value === '' ? quote : value}`,
    ...(value === '' ? [{ of: ofStart, min: 1 } as const] : []),
    ...(isAnyValue ? [{ of: ofValue, min: 0 } as const] : []),
    after,
  ]
  const missing = places.map(place => findUnmatched(automaton, segmentsAt(place)))
  const found = places[missing.indexOf(undefined)]
  if (found === undefined) {
    throw new CookieRegexError(
      `asks for a certain form of the value of ${name}, which a rule cannot do`,
    )
  }
  const pair = `${name}=${value}${value === '' ? '1' : ''}`
  const otherCase = [pair.toLowerCase(), pair.toUpperCase()]
    .map(each => found[0] + each + found[1])
    .find(each => !isFoundIn(automaton, each))
  const odd = (['', '"'] as const)
    .map(quote => findUnmatched(automaton, segmentsAt(found, { ...odds, quote })))
    .find(each => each !== undefined)
  const elsewhere = missing.find(each => each !== undefined)
  return [elsewhere, otherCase, odd].filter(each => each !== undefined)
}

/** Headers that resemble a pattern by chance or because an attacker sends them. */
export function headersLike(pattern: string): CookieAccident[] {
  const { name, value } = partsOfPattern(pattern)
  const pair = `${name}=${value || '1'}`
  return [
    { kind: 'name-suffix', example: `x${pair}` },
    { kind: 'empty-value', example: `${name}=` },
    { kind: 'other-value', example: `${pair}x` },
    { kind: 'inside-a-value', example: `other="${pair}"` },
  ]
}

function partsOfPattern(pattern: string) {
  const [name, written] = splitOnce(pattern)
  const isNamePrefix = written === '' && name.endsWith('*')
  return {
    ...{ isNamePrefix, name: isNamePrefix ? name.slice(0, -1) : name },
    ...{ value: written.replace(/\*$/, ''), isAnyValue: written === '' || written.endsWith('*') },
  }
}

/** The texts before and after the first =. Without one, the second text is empty. */
export function splitOnce(pattern: string): [string, string] {
  const equals = pattern.indexOf('=')
  return equals < 0 ? [pattern, ''] : [pattern.slice(0, equals), pattern.slice(equals + 1)]
}
