// What of the Cookie headers that a condition and a rule see differently: examples, each a header to try.
import type { Automaton } from './regex/automaton.ts'
import type { Segment } from './regex/automaton-search.ts'
import { findUnmatched, isFoundIn } from './regex/automaton-search.ts'
import { beyondAscii } from './regex/char-set.ts'

export type CookieAccident = {
  readonly kind: 'name-suffix' | 'empty-value' | 'other-value' | 'inside-a-value'
  /** A Cookie header that the old condition admits and the rule does not. */
  readonly example: string
}

/** Why an expression is no question for a cookie, worded to follow it. */
export class CookieRegexError extends Error {}

const letters = [...'1023456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
// What names and values may be made of for a rule; a value in quotes counts like one without.
const nameChars = [...letters, ..."_-.!#$%&'*+^`|~"]
const startChars = [...letters, ..."-_.~!#$%&'()*+/:<=>?@[]^`{|}\\,", beyondAscii]
const valueChars = [...startChars, ...' \t"']

// With and without the blank that browsers put behind a semicolon.
const places = ['', 'other=1; ', 'other=1;', 'other=1;  '].flatMap(before =>
  ['', '; other=1', ';other=1'].map(after => [before, after] as const),
)

interface Alphabets {
  readonly ofName: readonly string[]
  /** What a value begins with, behind a quote or without. */
  readonly ofStart: readonly string[]
  readonly ofValue: readonly string[]
  readonly quote: '' | '"'
}

const plain: Alphabets = { ofName: letters, ofStart: letters, ofValue: letters, quote: '' }
const odds: Alphabets = { ofName: nameChars, ofStart: startChars, ofValue: valueChars, quote: '' }

/**
 * Cookie headers that satisfy the pattern and not the expression: in another place, in another case, of other
 * characters.
 * @throws CookieRegexError when in no place do all values of letters and digits satisfy the expression.
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
      `asks for a certain form of the value of ${name}, which a rule cannot`,
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

/** What an attacker, or chance, makes of a pattern. */
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

/** As written. */
function partsOfPattern(pattern: string) {
  const [name, written] = splitOnce(pattern)
  const isNamePrefix = written === '' && name.endsWith('*')
  return {
    ...{ isNamePrefix, name: isNamePrefix ? name.slice(0, -1) : name },
    ...{ value: written.replace(/\*$/, ''), isAnyValue: written === '' || written.endsWith('*') },
  }
}

/** At the first =. */
export function splitOnce(pattern: string): [string, string] {
  const equals = pattern.indexOf('=')
  return equals < 0 ? [pattern, ''] : [pattern.slice(0, equals), pattern.slice(equals + 1)]
}
