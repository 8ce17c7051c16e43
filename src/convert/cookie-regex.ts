// Reads a condition on the Cookie header as cookie patterns of a rule. Also finds headers that httpd.conf admits and
// the rule does not, because Apache searches the header as a text and does not parse cookies.
import { readCookies } from '../evidence/cookies.ts'
import { cookieNamePattern, matchesCookie, parseCookiePattern } from '../policy/cookie-pattern.ts'
import type { CookieAccident } from './cookie-example.ts'
import { CookieRegexError, findWider, headersLike, splitOnce } from './cookie-example.ts'
import type { Place } from './httpd/directive.ts'
import { buildAutomaton } from './regex/automaton.ts'
import { isFoundIn } from './regex/automaton-search.ts'
import { codeOfOne, oneChar } from './regex/char-set.ts'
import type { Regex } from './regex/regex.ts'
import { parseRegex } from './regex/regex-parser.ts'

export interface CookieCondition {
  /** Taken from the comment above the line. */
  readonly name: string
  /** As the configuration writes them. One of them is enough. */
  readonly patterns: readonly string[]
  readonly text: string
  readonly place: Place
  readonly accidents: readonly CookieAccident[]
  /** Cookie headers that the rule admits and httpd.conf does not. */
  readonly wider: readonly string[]
}

const maxTexts = 64

/** @throws RegexError, TooComplexError, CookieRegexError, CookiePatternError */
export function readCookieRegex(
  text: string,
  ignoresCase: boolean,
): Pick<CookieCondition, 'patterns' | 'accidents' | 'wider'> {
  const regex = parseRegex(text, { ignoresCase })
  const patterns = expand(partsOf(parseRegex(text))).map(toPattern)
  const automaton = buildAutomaton(regex)
  const parsed = patterns.map(parseCookiePattern)
  const namesOf = (isPrefix: boolean) =>
    parsed.filter(each => each.isNamePrefix === isPrefix).map(({ name }) => name)
  const wanted = { cookieNames: new Set(namesOf(false)), cookiePrefixes: namesOf(true) }
  const isAdmitted = (header: string) =>
    readCookies(header, wanted).cookies.some(cookie =>
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

function partsOf(regex: Regex): readonly Regex[] {
  return regex.kind === 'sequence' ? regex.parts.flatMap(partsOf) : [regex]
}

interface Form {
  readonly text: string
  readonly rest: readonly Regex[]
}

/** Every way through the choices of the expression: a literal text and the rest of the expression after it. */
function expand(parts: readonly Regex[]): Form[] {
  const done: Form[] = []
  const open: Form[] = [{ text: '', rest: parts }]
  for (let form = open.pop(); form !== undefined; form = open.pop()) {
    if (open.length + done.length > maxTexts) throw new CookieRegexError('has too many forms')
    const next = advance(form)
    if (next === undefined) done.push(form)
    else open.push(...next.reverse())
  }
  return done
}

/** One step further through the literal text. Undefined where it ends. */
function advance({ text, rest: [first, ...rest] }: Form): Form[] | undefined {
  if (first === undefined) return undefined
  if (text.endsWith('=') && text.indexOf('=') === text.length - 1) {
    const started = skipStart([first, ...rest])
    if (started.length <= rest.length) return [{ text, rest: started }]
  }
  if (text.includes('=') && isEndOrSeparator(first)) return undefined
  // Before the name: the start of the header or of a cookie, or anything.
  if (text === '' && (isSeparator(first) || isAnything(first))) return [{ text, rest }]
  if (first.kind === 'choice' && !isSeparator(first)) {
    return first.options.map(option => ({ text, rest: [...partsOf(option), ...rest] }))
  }
  if (first.kind === 'repeat' && first.min === 0 && first.max === 1 && !isAnything(first)) {
    return [
      { text, rest },
      { text, rest: [...partsOf(first.part), ...rest] },
    ]
  }
  const code = first.kind === 'chars' ? codeOfOne(first.set) : undefined
  return code === undefined ? undefined : [{ text: text + String.fromCharCode(code), rest }]
}

function toPattern({ text, rest: after }: Form): string {
  const [name, value] = splitOnce(text)
  const isName = text.includes('=')
  // Without a = the text is also found in longer names: it is the start of a name.
  const equals = isName ? -1 : after.findIndex(isEquals)
  const rest = isName ? after : skipStart(after.slice(equals + 1))
  if (!cookieNamePattern.test(name) || name.includes('*')) {
    throw new CookieRegexError('does not say which cookie it asks for')
  }
  if (value.includes('*'))
    throw new CookieRegexError(`asks for a value with a *, which a rule cannot do`)
  const isFree = (part: Regex) => isAnything(part) || isAnyCharacter(part)
  const isOdd = !rest.every(part => isFree(part) || isEndOrSeparator(part))
  if (isOdd || !after.slice(0, Math.max(equals, 0)).every(isFree)) {
    throw new CookieRegexError(
      `asks for a certain form of the value of ${name}, which a rule cannot do`,
    )
  }
  // The expression fixes the end of the value.
  const isWhole = rest.every(isEndOrSeparator) && rest.length > 0 && rest.at(-1)?.kind !== 'repeat'
  if (isWhole && value === '') {
    throw new CookieRegexError(`asks for ${name} without a value, which proves nothing`)
  }
  if (!isName) return `${name}*`
  return value === '' ? name : `${name}=${value}${isWhole ? '' : '*'}`
}

/** Skips what may come before a value: blanks, and before a value of any form the quote that `ihs-rules` writes. */
function skipStart(rest: readonly Regex[]): readonly Regex[] {
  const [first, next] = rest
  if (first?.kind !== 'repeat' || first.min > 0) return rest
  const isQuote = first.part.kind === 'chars' && first.part.set === oneChar(34) && first.max === 1
  const isAny = next !== undefined && (isAnything(next) || isAnyCharacter(next))
  return isSeparator(first.part) || (isQuote && isAny) ? skipStart(rest.slice(1)) : rest
}

function isEquals(regex: Regex): boolean {
  return regex.kind === 'chars' && regex.set === oneChar('='.charCodeAt(0))
}

/** Also `(?:;|$)`. */
function isEndOrSeparator(regex: Regex): boolean {
  return regex.kind === 'choice'
    ? regex.options.every(isEndOrSeparator)
    : regex.kind === 'end' || isSeparator(regex)
}

const separators = [...' \t\n\v\f\r;,'].reduce((set, char) => set | oneChar(char.charCodeAt(0)), 0n)

/** `^`, `; `, `\s*` and choices of them: the start or end of a cookie. */
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

/** `.*`, `[^;]+` and the like: any number of any characters. */
function isAnything(regex: Regex): boolean {
  if (regex.kind === 'sequence') return regex.parts.every(isAnything)
  return regex.kind === 'repeat' && regex.max === Infinity && isAnyCharacter(regex.part)
}

/** `.`, `[^;]`, `\S`: at least all letters and digits. */
function isAnyCharacter(regex: Regex): boolean {
  const common = [...'09AZaz'].map(char => oneChar(char.charCodeAt(0)))
  return regex.kind === 'chars' && common.every(each => (regex.set & each) !== 0n)
}
