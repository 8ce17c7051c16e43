// What one condition on the Cookie header asks for, as the patterns of a rule; and which headers it admits
// that no rule does, because it looks at the header as a text and not as cookies.
import type { CookieParser } from '../gate/cookies.ts'
import { readCookies } from '../gate/cookies.ts'
import { cookieNamePattern, matchesCookie, parseCookiePattern } from '../policy/cookie-condition.ts'
import type { Automaton } from './automaton.ts'
import { buildAutomaton, isAlwaysFound, isFoundIn } from './automaton.ts'
import { codeOfOne, oneChar } from './char-set.ts'
import type { Place } from './httpd-config.ts'
import type { Regex } from './regex.ts'
import { parseRegex } from './regex.ts'

export interface OldCookie {
  readonly name: string
  /** As the configuration writes them: any of them. */
  readonly patterns: readonly string[]
  readonly text: string
  readonly place: Place
  readonly accidents: readonly CookieAccident[]
  /** Cookie headers that the rule admits and the old condition does not. */
  readonly wider: readonly string[]
}

export type CookieAccident = {
  readonly kind: 'name-suffix' | 'name-prefix' | 'empty-value' | 'other-value' | 'inside-a-value'
  /** A Cookie header that the old condition admits and the rule does not. */
  readonly example: string
}

/** Why an expression is no question for a cookie, worded to follow it. */
export class CookieRegexError extends Error {}

const mostTexts = 64

/**
 * @throws RegexError, TooComplexError, CookieRegexError
 */
export function readCookieRegex(
  text: string,
  { ignoresCase, parse }: { readonly ignoresCase: boolean; readonly parse: CookieParser },
): Pick<OldCookie, 'patterns' | 'accidents' | 'wider'> {
  const regex = parseRegex(text, { ignoresCase })
  const patterns = expand(partsOf(parseRegex(text))).map(toPattern)
  const automaton = buildAutomaton(regex)
  const parsed = patterns.map(parseCookiePattern)
  const names = new Set(parsed.map(({ name }) => name))
  const isAdmitted = (header: string) =>
    readCookies(header, names, parse).some(cookie =>
      parsed.some(pattern => matchesCookie(pattern, cookie)),
    )
  const accidents = patterns.flatMap(pattern =>
    headersLike(pattern).filter(
      ({ example }) => isFoundIn(automaton, example) && !isAdmitted(example),
    ),
  )
  const kinds = new Set<string>()
  return {
    patterns,
    wider: [...new Set(patterns.flatMap(pattern => findWider(pattern, automaton)))],
    accidents: accidents.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind)),
  }
}

const letters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']

/**
 * Cookie headers that satisfy the pattern and not the expression: in another place or another case.
 * @throws CookieRegexError when in no place do all values of letters and digits satisfy the expression.
 */
function findWider(pattern: string, automaton: Automaton): string[] {
  const [name, written] = splitOnce(pattern)
  const isAnyValue = written === '' || written.endsWith('*')
  const value = written.replace(/\*$/, '')
  const isFound = (pair: string, [before, after]: readonly [string, string]) => {
    if (!isAnyValue) return isFoundIn(automaton, before + pair + after)
    const starts = written === '' ? letters.map(letter => pair + letter) : [pair]
    return starts.every(start =>
      isAlwaysFound(automaton, before + start, { end: after, alphabet: letters }),
    )
  }
  const pair = `${name}=${value}`
  const places = ['', 'other=1; '].flatMap(before =>
    ['', '; other=1'].map(after => [before, after] as const),
  )
  const found = places.find(place => isFound(pair, place))
  if (found === undefined) {
    throw new CookieRegexError(
      `asks for a certain form of the value of ${name}, which a rule cannot`,
    )
  }
  const filler = written === '' ? '1' : ''
  const elsewhere = places.find(place => !isFound(pair, place))
  const otherCase = [pair.toLowerCase(), pair.toUpperCase()].find(each => !isFound(each, found))
  return [
    ...(elsewhere === undefined ? [] : [`${elsewhere[0]}${pair}${filler}${elsewhere[1]}`]),
    ...(otherCase === undefined ? [] : [`${found[0]}${otherCase}${filler}${found[1]}`]),
  ]
}

/** What an attacker, or chance, makes of a pattern. */
function headersLike(pattern: string): CookieAccident[] {
  const [name = '', written = ''] = splitOnce(pattern)
  const value = written.replace(/\*$/, '')
  const pair = `${name}=${value || '1'}`
  return [
    { kind: 'name-suffix', example: `x${pair}` },
    { kind: 'name-prefix', example: `${name}x=1` },
    { kind: 'empty-value', example: `${name}=` },
    { kind: 'other-value', example: `${pair}x` },
    { kind: 'inside-a-value', example: `other="${pair}"` },
  ]
}

function splitOnce(pattern: string): [string, string] {
  const equals = pattern.indexOf('=')
  return equals < 0 ? [pattern, ''] : [pattern.slice(0, equals), pattern.slice(equals + 1)]
}

function partsOf(regex: Regex): readonly Regex[] {
  return regex.kind === 'sequence' ? regex.parts.flatMap(partsOf) : [regex]
}

interface Form {
  readonly text: string
  readonly rest: readonly Regex[]
}

/** Every way through the choices, each as a literal text and what comes behind it. */
function expand(parts: readonly Regex[]): Form[] {
  const done: Form[] = []
  const open: Form[] = [{ text: '', rest: parts }]
  for (let form = open.pop(); form !== undefined; form = open.pop()) {
    if (open.length + done.length > mostTexts) throw new CookieRegexError('has too many forms')
    const next = advance(form)
    if (next === undefined) done.push(form)
    else open.push(...next.reverse())
  }
  return done
}

/** One step further into what is literal; undefined where that ends. */
function advance({ text, rest: [first, ...rest] }: Form): Form[] | undefined {
  if (first === undefined) return undefined
  if (text.includes('=') && isEndOrSeparator(first)) return undefined
  // In front of the name: where the header or a cookie begins, or anything.
  if (text === '' && (isSeparator(first) || isAnything(first))) return [{ text, rest }]
  if (first.kind === 'choice' && !isSeparator(first)) {
    return first.options.map(option => ({ text, rest: [...partsOf(option), ...rest] }))
  }
  if (first.kind === 'repeat' && first.least === 0 && first.most === 1 && !isAnything(first)) {
    return [
      { text, rest },
      { text, rest: [...partsOf(first.part), ...rest] },
    ]
  }
  const code = first.kind === 'chars' ? codeOfOne(first.set) : undefined
  return code === undefined ? undefined : [{ text: text + String.fromCharCode(code), rest }]
}

function toPattern({ text, rest }: { text: string; rest: readonly Regex[] }): string {
  const [name = '', value = ''] = splitOnce(text)
  if (!cookieNamePattern.test(name)) {
    throw new CookieRegexError('does not say which cookie it looks for')
  }
  if (value.includes('*'))
    throw new CookieRegexError(`asks for a value with a *, which a rule cannot`)
  if (!rest.every(part => isAnything(part) || isAnyCharacter(part) || isEndOrSeparator(part))) {
    throw new CookieRegexError(
      `asks for a certain form of the value of ${name}, which a rule cannot`,
    )
  }
  // The value ends where the expression does.
  const isWhole = rest.every(isEndOrSeparator) && rest.length > 0 && rest.at(-1)?.kind !== 'repeat'
  if (isWhole && value === '') {
    throw new CookieRegexError(`asks for ${name} without a value, which proves nothing`)
  }
  return value === '' ? name : `${name}=${value}${isWhole ? '' : '*'}`
}

/** `(?:;|$)` too. */
function isEndOrSeparator(regex: Regex): boolean {
  return regex.kind === 'choice'
    ? regex.options.every(isEndOrSeparator)
    : regex.kind === 'end' || isSeparator(regex)
}

const separators = [...' \t\n\v\f\r;,'].reduce((set, char) => set | oneChar(char.charCodeAt(0)), 0n)

/** `^`, `; `, `\s*` and choices among such: where a cookie begins or ends. */
function isSeparator(regex: Regex): boolean {
  switch (regex.kind) {
    case 'start':
      return true
    case 'end':
      return false
    case 'chars':
      return (regex.set & ~separators) === 0n
    case 'sequence':
      return regex.parts.every(isSeparator)
    case 'choice':
      return regex.options.every(isSeparator)
    case 'repeat':
      return isSeparator(regex.part)
  }
}

/** `.*`, `[^;]+` and the like: many characters, whatever they are. */
function isAnything(regex: Regex): boolean {
  if (regex.kind === 'sequence') return regex.parts.every(isAnything)
  return regex.kind === 'repeat' && regex.most === Infinity && isAnyCharacter(regex.part)
}

/** `.`, `[^;]`, `\S`: letters and digits at least. */
function isAnyCharacter(regex: Regex): boolean {
  const usual = [...'09AZaz'].map(char => oneChar(char.charCodeAt(0)))
  return regex.kind === 'chars' && usual.every(each => (regex.set & each) !== 0n)
}
