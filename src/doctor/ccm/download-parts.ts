// The parts of an httpd.conf that hand CCM's downloads over to IHS: what applies to /dm, the Alias of the cache, and the
// sections that say who may read its folder. Does not judge them.
import type { Argument, Directive } from '../../convert/httpd/directive.ts'
import { isWithin, sameFolder } from './folder-name.ts'
import type { HttpdScope } from './httpd-scope.ts'

export interface DownloadParts {
  readonly scope: HttpdScope
  /** What applies to requests for /dm, in Apache's order. */
  readonly library: readonly Directive[]
  /** The section for /dm itself. */
  readonly location: Directive | undefined
  readonly alias: CacheAlias | undefined
  /** The sections for the folder of the Alias, in Apache's order. */
  readonly folder: readonly Directive[]
}

export interface CacheAlias {
  readonly directive: Directive
  readonly path: string
  readonly folder: string
  /** An earlier Alias that takes its requests. */
  readonly shadow: Directive | undefined
}

const libraryRequest = '/dm/atom/library/x'

/** `roots`: the folders that the properties and the log name as cdhc_rootPath. */
export function findParts(scope: HttpdScope, roots: readonly string[]): DownloadParts {
  const { all } = scope
  const sections = all.filter(each => isForPath(each, libraryRequest))
  const plain = all.filter(({ children }) => children === undefined)
  const library = [...plain, ...sections.flatMap(({ children }) => children ?? [])]
  const location = sections.findLast(each => !isForPath(each, '/other/x'))
  const alias = findAlias(all, { roots, keys: keysOf(library) })
  const folder = alias === undefined ? [] : foldersFor(all, alias)
  return { scope, library, location, alias, folder }
}

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

function findAlias(
  all: readonly Directive[],
  { roots, keys }: { readonly roots: readonly string[]; readonly keys: ReadonlySet<string> },
): CacheAlias | undefined {
  const aliases = all.filter(({ key }) => key === 'alias' || key === 'scriptalias')
  const folderOf = ({ words }: Directive) => words[1]?.text ?? ''
  const pathOf = ({ words }: Directive) => words[0]?.text ?? ''
  const locked = all.filter(
    each =>
      each.key === 'directory' &&
      locksOf(each.children ?? []).some(lock =>
        keys.has(lock.toLowerCase().replace('redirect_', '')),
      ),
  )
  // The surest sign first: Files and Wikis have an Alias and a lock of their own.
  const found =
    aliases.findLast(each => roots.some(root => sameFolder(root, folderOf(each)))) ??
    aliases.findLast(each => /librar|ccm|cdhc|fncs/i.test(pathOf(each))) ??
    aliases.findLast(each => /ccm|cdhc|fncs/i.test(folderOf(each))) ??
    aliases.findLast(each =>
      locked.some(({ words }) => sameFolder(words[0]?.text ?? '', folderOf(each))),
    )
  if (found === undefined) return undefined
  const path = pathOf(found)
  const before = aliases.slice(0, aliases.indexOf(found))
  const shadow = before.find(each => isBelow(path, pathOf(each)))
  return { directive: found, path, folder: folderOf(found), shadow }
}

function foldersFor(all: readonly Directive[], { folder, path }: CacheAlias): Directive[] {
  const plain = all
    .filter(each => each.key === 'directory' && !isExpression(each.words))
    .filter(({ words }) => isWithin(folder, words[0]?.text ?? '\0'))
    .toSorted((a, b) => (a.words[0]?.text.length ?? 0) - (b.words[0]?.text.length ?? 0))
  const byExpression = all.filter(
    each =>
      (each.key === 'directorymatch' || (each.key === 'directory' && isExpression(each.words))) &&
      matches(each.words, `${folder}/x`),
  )
  return [...plain, ...byExpression, ...all.filter(each => isForPath(each, `${path}/x`))]
}

function isForPath({ key, words, children }: Directive, path: string): boolean {
  if (children === undefined) return false
  if (key === 'locationmatch' || (key === 'location' && isExpression(words))) {
    return matches(words, path)
  }
  return key === 'location' && isBelow(path, words[0]?.text ?? '\0')
}

function isBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(above.endsWith('/') ? above : `${above}/`)
}

function isExpression(words: readonly Argument[]): boolean {
  return words[0]?.text === '~'
}

// Against a short text, so an expression that tries everything is soon done.
function matches(words: readonly Argument[], text: string): boolean {
  const pattern = isExpression(words) ? words[1]?.text : words[0]?.text
  if (pattern === undefined || pattern.length > 1_000) return false
  try {
    return new RegExp(pattern).test(text)
  } catch {
    return false
  }
}
