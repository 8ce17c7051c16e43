// The language of photo paths: whether an expression or pattern of httpd.conf matches all of them, some, or none. It
// does not try examples: the automaton runs over all possible mail addresses.
import type { Automaton, State } from './regex/automaton.ts'
import { buildAutomaton, TooComplexError } from './regex/automaton.ts'
import { isFoundIn, run } from './regex/automaton-search.ts'
import type { CharSet } from './regex/char-set.ts'
import { beyondAscii, oneChar } from './regex/char-set.ts'
import type { Regex } from './regex/regex.ts'
import { RegexError } from './regex/regex.ts'
import { parseRegex } from './regex/regex-parser.ts'
import { literalRegex } from './regex/regex-text.ts'

/** Whether something applies to photos. `sometimes`: to some photos, or under a condition that is not known here. */
export type PhotoMatch = 'always' | 'sometimes' | 'never'

/** The path before a photo's name. `prefix`: this text, and any text after it. */
export type PathStart = string | { readonly prefix: string }

export const anyStart: PathStart = { prefix: '' }

/** A photo may be a file of another type, which the gate serves under the same address with .jpg. */
export const otherEnds = ['.jpeg', '.png', '.gif', '.webp']

/** The message for a restriction that does not apply to .jpg. `restriction`: the start of the sentence. */
export function otherEndsMessage(restriction: string): string {
  return `${restriction}, and a photo may be a file of such a type (.png, .gif, …), so nobody is admitted; if you have no such photos, remove this from a copy of httpd.conf and convert the copy`
}

export interface PhotoMatchOptions {
  readonly start: PathStart
  readonly ignoresCase?: boolean
  /** The endings of photos' names. Default: `.jpg`. */
  readonly ends?: readonly string[]
}

const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
// Without the characters that src/text/mail-address.ts refuses. Two dots in a row are allowed here: a larger language
// can only turn `always` or `never` into `sometimes`, which closes.
const inAddress = [...printable.filter(char => !'/\\:;,?#%<>" @'.includes(char)), beyondAscii]

/** Whether the expression is found in the paths of photos. `sometimes` when it cannot be read. */
export function matchRegex(text: string, options: PhotoMatchOptions): PhotoMatch {
  // Apache would replace the variable from its environment.
  if (text.includes('${')) return 'sometimes'
  try {
    const regex = parseRegex(text, options)
    return matchPhotos(buildAutomaton(regex), alphabetOf(regex), options)
  } catch (error) {
    if (error instanceof RegexError || error instanceof TooComplexError) return 'sometimes'
    throw error
  }
}

/** The same for a pattern with * and ? that matches the whole path. `star`: what * matches. */
export function matchGlob(
  glob: string,
  star: '.*' | '[^/]*',
  options: PhotoMatchOptions,
): PhotoMatch {
  const text = fnmatchToRegex(glob, star)
  return text === undefined ? 'sometimes' : matchRegex(text, options)
}

/** The same for a plain text that is the whole path. */
export function matchText(text: string, options: PhotoMatchOptions): PhotoMatch {
  return matchRegex(literalRegex(text), options)
}

/** An expression for a pattern of apr_fnmatch. Undefined: implementations may read the pattern differently. */
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

/** Whether the expression is found in the text. Undefined: it cannot be read. */
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

/** One character of each kind that the expression distinguishes. */
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

/** All states that a text of these characters leads to, the empty text included. */
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

/** Runs over all names: a local part, @, a domain, an ending. Neither part is empty, and no name begins with a dot. */
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
