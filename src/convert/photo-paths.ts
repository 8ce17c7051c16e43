// The language of photo paths: which expressions and patterns of httpd.conf are found in all of them, in some, or
// in none. Not by trying some names, but by running the automaton over every mail address that there can be.
import type { Automaton, State } from './regex/automaton.ts'
import { buildAutomaton, TooComplexError } from './regex/automaton.ts'
import { isFoundIn, run } from './regex/automaton-search.ts'
import type { CharSet } from './regex/char-set.ts'
import { beyondAscii, oneChar } from './regex/char-set.ts'
import type { Regex } from './regex/regex.ts'
import { RegexError } from './regex/regex.ts'
import { parseRegex } from './regex/regex-parser.ts'
import { literalRegex } from './regex/regex-text.ts'

/** `sometimes`: for some photos, or under a condition that is not known here. */
export type PhotoMatch = 'always' | 'sometimes' | 'never'

/** What stands in front of a photo's name; `prefix`: this, and anything behind it. */
export type PathStart = string | { readonly prefix: string }

export const anyStart: PathStart = { prefix: '' }

/** A photo may be a file of another type, which the gate serves under the same address as .jpg. */
export const otherEnds = ['.jpeg', '.png', '.gif', '.webp']

/** Of what is never for .jpg, worded to follow `what`. */
export function otherEndsMessage(what: string): string {
  return `${what}, which photos may be that are files of another type (.png, .gif, …), so nobody is admitted; if there are none, take it out of a copy of httpd.conf and convert that`
}

export interface PhotoMatchOptions {
  readonly start: PathStart
  readonly ignoresCase?: boolean
  /** What the name of a photo ends with; `.jpg`. */
  readonly ends?: readonly string[]
}

const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
// As src/text/mail-address.ts refuses them. Two dots in a row are let in here: a language that is too large makes
// `always` and `never` of less, and never of more.
const inAddress = [...printable.filter(char => !'/\\:;,?#%<>" @'.includes(char)), beyondAscii]

/** Where an expression is found. What cannot be read is `sometimes`. */
export function matchRegex(text: string, options: PhotoMatchOptions): PhotoMatch {
  // Apache would put in what its environment says.
  if (text.includes('${')) return 'sometimes'
  try {
    const regex = parseRegex(text, options)
    return matchPhotos(buildAutomaton(regex), alphabetOf(regex), options)
  } catch (error) {
    if (error instanceof RegexError || error instanceof TooComplexError) return 'sometimes'
    throw error
  }
}

/** The same of a pattern with * and ? that stands for the whole path. `star`: what * stands for. */
export function matchGlob(
  glob: string,
  star: '.*' | '[^/]*',
  options: PhotoMatchOptions,
): PhotoMatch {
  const text = fnmatchToRegex(glob, star)
  return text === undefined ? 'sometimes' : matchRegex(text, options)
}

/** The same of a plain text that stands for the whole path. */
export function matchText(text: string, options: PhotoMatchOptions): PhotoMatch {
  return matchRegex(literalRegex(text), options)
}

/** As apr_fnmatch reads it; undefined: not known for certain. */
export function fnmatchToRegex(glob: string, star: '.*' | '[^/]*'): string | undefined {
  let text = ''
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] as string
    if (char === '*') text += star
    else if (char === '?') text += star === '.*' ? '.' : '[^/]'
    else if (char === '\\') {
      at++
      if (glob[at] === undefined) return undefined
      text += escaped(glob[at] as string)
    } else if (char === '[') {
      const group = /^\[([!^]?)([^\]\\[/]+)\]/.exec(glob.slice(at))
      if (group === null) return undefined
      const [all, negation, members = ''] = group
      text += `[${negation === '' ? '' : '^/'}${members.replaceAll('^', '\\^')}]`
      at += all.length - 1
    } else text += escaped(char)
  }
  return `^${text}$`
}

/** Whether the expression is found in one text; undefined: not known. */
export function isFoundInText(text: string, whole: string): boolean | undefined {
  try {
    return isFoundIn(buildAutomaton(parseRegex(text)), whole)
  } catch (error) {
    if (error instanceof RegexError || error instanceof TooComplexError) return undefined
    throw error
  }
}

function escaped(char: string): string {
  return /[A-Za-z0-9/@_-]/.test(char) ? char : `\\${char}`
}

/** Characters that stand for all others that the expression does not tell from them. */
interface Alphabet {
  readonly all: readonly string[]
  readonly first: readonly string[]
  readonly inAddress: readonly string[]
}

function alphabetOf(regex: Regex): Alphabet {
  const sets = setsOf(regex)
  const some = (chars: readonly string[]) => {
    const kinds = new Map<string, string>()
    for (const char of chars) {
      const one = oneChar(char.charCodeAt(0))
      kinds.set(sets.map(set => ((set & one) === 0n ? '0' : '1')).join(''), char)
    }
    return [...kinds.values()]
  }
  const first = some(inAddress.filter(char => char !== '.'))
  return { all: some([...printable, beyondAscii]), first, inAddress: some(inAddress) }
}

function setsOf(regex: Regex): CharSet[] {
  const found = new Set<CharSet>()
  const open = [regex]
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (each.kind === 'chars') found.add(each.set)
    else if (each.kind === 'sequence') open.push(...each.parts)
    else if (each.kind === 'choice') open.push(...each.options)
    else if (each.kind === 'repeat') open.push(each.part)
  }
  return [...found]
}

function matchPhotos(
  automaton: Automaton,
  alphabet: Alphabet,
  { start, ends = ['.jpg'] }: PhotoMatchOptions,
): PhotoMatch {
  const seen = { found: false, missed: false }
  for (const state of statesAfter(automaton, alphabet, start)) {
    searchNames(automaton, state, { alphabet, ends, seen })
    if (seen.found && seen.missed) return 'sometimes'
  }
  return seen.found ? 'always' : 'never'
}

function statesAfter(automaton: Automaton, { all }: Alphabet, start: PathStart): Iterable<State> {
  const text = typeof start === 'string' ? start : start.prefix
  const state = run(automaton, automaton.start, text.replace(/[^\0-\x7f]/g, beyondAscii))
  return typeof start === 'string' ? [state] : reach(automaton, [state], all)
}

/** All states that any text of these characters leads to, the empty one too. */
function reach(
  automaton: Automaton,
  from: Iterable<State>,
  alphabet: readonly string[],
): Set<State> {
  const seen = new Set<State>()
  const open = [...from]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue
    seen.add(state)
    for (const char of alphabet) open.push(automaton.step(state, char))
  }
  return seen
}

interface NameSearch {
  readonly alphabet: Alphabet
  readonly ends: readonly string[]
  readonly seen: { found: boolean; missed: boolean }
}

/** A local part, @, a domain, the ending: neither of the two parts is empty, and no photo's name begins with a dot. */
function searchNames(
  automaton: Automaton,
  start: State,
  { alphabet, ends, seen }: NameSearch,
): void {
  const after = (states: Iterable<State>, chars: readonly string[]) =>
    [...states].flatMap(state => chars.map(char => automaton.step(state, char)))
  const locals = reach(automaton, after([start], alphabet.first), alphabet.inAddress)
  const ats = new Set(after(locals, ['@']))
  const domains = reach(automaton, after(ats, alphabet.inAddress), alphabet.inAddress)
  for (const state of domains) {
    for (const end of ends) {
      if (automaton.isFound(run(automaton, state, end))) seen.found = true
      else seen.missed = true
    }
    if (seen.found && seen.missed) return
  }
}
