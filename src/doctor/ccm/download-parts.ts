// The parts of an httpd.conf that hand CCM's downloads over to IHS: what applies to /dm, the Alias of the cache, and the
// sections that say who may read its folder. Does not judge them.
import type { Directive } from '../../convert/httpd/directive.ts'
import type { CacheAlias } from './cache-alias.ts'
import { findAlias, isBelow } from './cache-alias.ts'
import { isOfHosts, isOfRules } from './folder-access.ts'
import { isWithin } from './folder-name.ts'
import { isFoundBy } from './httpd-expression.ts'
import type { HttpdScope } from './httpd-scope.ts'

export interface DownloadParts {
  readonly scope: HttpdScope
  /** What applies to requests for /dm, in Apache's order. */
  readonly library: readonly Directive[]
  /** The section for /dm itself. */
  readonly location: Directive | undefined
  readonly alias: CacheAlias | undefined
  /** Without an alias: those that can be the one of the cache. */
  readonly candidates: readonly Directive[]
  /** The sections for the folder of the Alias, in Apache's order. */
  readonly folder: readonly Directive[]
  /** Sections that count here, if they are for these requests: their expressions are not read. */
  readonly unclear: readonly Directive[]
}

const libraryRequest = '/dm/atom/library/x'

interface PartsOptions {
  /** The folders that the properties and the log name as cdhc_rootPath. */
  readonly roots: readonly string[]
  /** Whether a section whose expression is not read is taken to match. */
  readonly assumed: boolean
}

export function findParts(scope: HttpdScope, { roots, assumed }: PartsOptions): DownloadParts {
  const { all } = scope
  const unclear = new Set<Directive>()
  const match: SectionMatch = (section, text) => {
    const found = isFoundOnce(section, text)
    if (found === undefined && isTelling(section)) unclear.add(section)
    return found ?? (assumed && isTelling(section))
  }
  const sections = all.filter(each => isForPath(each, libraryRequest, match))
  const plain = all.filter(({ children }) => children === undefined)
  const library = [...plain, ...sections.flatMap(({ children }) => children ?? [])]
  const location = sections.findLast(
    each => unclear.has(each) || !isForPath(each, '/other/x', match),
  )
  const keys = keysOf(sections.flatMap(({ children }) => children ?? []))
  const { alias, candidates } = findAlias(all, {
    roots,
    locked: lockedFolders(all, keys.size > 0 ? keys : keysOf(library)),
    hasLibrary: location !== undefined,
  })
  const folder = alias === undefined ? [] : foldersFor(all, alias, match)
  return { scope, library, location, alias, candidates, folder, unclear: [...unclear] }
}

/** Whether the expression of a section is found in the text. */
type SectionMatch = (section: Directive, text: string) => boolean

/** The names of variables that SetEnv sets, in lower case. */
export function keysOf(directives: readonly Directive[]): Set<string> {
  const set = directives.filter(({ key }) => key === 'setenv')
  return new Set(set.map(({ words }) => words[0]?.text.toLowerCase() ?? ''))
}

/** The variables that Allow and Require ask for, as written. */
export function locksOf(directives: readonly Directive[]): string[] {
  return directives.flatMap(({ key, words, children }) => {
    const texts = words.map(({ text }) => text)
    if (key === 'allow') return texts.flatMap(text => /^env=([^!].*)$/i.exec(text)?.[1] ?? [])
    if (key === 'require' && texts[0]?.toLowerCase() === 'env') return texts.slice(1)
    return locksOf(children ?? [])
  })
}

// Each host asks anew for what it inherits.
const answers = new WeakMap<Directive, Map<string, boolean | undefined>>()

function isFoundOnce(section: Directive, text: string): boolean | undefined {
  const own = answers.get(section) ?? new Map<string, boolean | undefined>()
  answers.set(section, own)
  if (!own.has(text)) own.set(text, isFoundBy(expressionOf(section) ?? '', text))
  return own.get(text)
}

function lockedFolders(all: readonly Directive[], keys: ReadonlySet<string>): string[] {
  return all
    .filter(({ key }) => key === 'directory')
    .filter(({ children }) =>
      locksOf(children ?? []).some(lock => keys.has(lock.toLowerCase().replace('redirect_', ''))),
    )
    .flatMap(({ words }) => words[0]?.text ?? [])
}

function foldersFor(
  all: readonly Directive[],
  { folder, path }: CacheAlias,
  match: SectionMatch,
): Directive[] {
  const plain = all
    .filter(each => each.key === 'directory' && expressionOf(each) === undefined)
    .filter(({ words }) => isWithin(folder, words[0]?.text ?? '\0'))
    .toSorted((a, b) => (a.words[0]?.text.length ?? 0) - (b.words[0]?.text.length ?? 0))
  const file = `${folder.replaceAll('\\', '/')}/x`
  const byExpression = all.filter(
    each =>
      each.key.startsWith('directory') && expressionOf(each) !== undefined && match(each, file),
  )
  return [...plain, ...byExpression, ...all.filter(each => isForPath(each, `${path}/x`, match))]
}

function isForPath(section: Directive, path: string, match: SectionMatch): boolean {
  const { key, words, children } = section
  if (children === undefined || !key.startsWith('location')) return false
  if (expressionOf(section) !== undefined) return match(section, path)
  return isBelow(path, words[0]?.text ?? '\0')
}

/** Undefined: the section has a plain path, or is of another kind. */
function expressionOf({ key, words }: Directive): string | undefined {
  if (key === 'locationmatch' || key === 'directorymatch') return words[0]?.text
  if (key !== 'location' && key !== 'directory') return undefined
  return words[0]?.text === '~' ? words[1]?.text : undefined
}

/** Whether something in it would count here. */
function isTelling({ children = [] }: Directive): boolean {
  return children.some(
    each =>
      /^(?:ibmlocalredirect|setenv|requestheader|satisfy)/.test(each.key) ||
      isOfHosts(each) ||
      isOfRules(each),
  )
}
