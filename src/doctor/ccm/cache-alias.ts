// Finds the Alias of CCM's cache among the others of an httpd.conf: Files, Wikis and other applications have theirs. A
// wrong guess would make an administrator lock or open the folder of another application.
import type { Directive } from '../../convert/httpd/directive.ts'
import { sameFolder } from './folder-name.ts'

export interface CacheAlias {
  readonly directive: Directive
  readonly path: string
  readonly folder: string
  /** Only the name of the folder says so. */
  readonly isGuessed: boolean
  /** An earlier Alias that takes its requests. */
  readonly shadow: Directive | undefined
}

/** `candidates`: when it is not known which one it is, those that can be it. */
export interface FoundAlias {
  readonly alias: CacheAlias | undefined
  readonly candidates: readonly Directive[]
}

interface AliasSigns {
  /** The folders that the properties and the log name as cdhc_rootPath. */
  readonly roots: readonly string[]
  /** The folders whose lock asks for the variable that the section for /dm sets. */
  readonly locked: readonly string[]
  /** Whether there is a section for /dm: without one a name alone says nothing. */
  readonly hasLibrary: boolean
}

interface PlainAlias {
  readonly directive: Directive
  readonly path: string
  readonly folder: string
}

/** The surest sign counts. Several by one sign, or two signs that disagree: not known. */
export function findAlias(
  all: readonly Directive[],
  { roots, locked, hasLibrary }: AliasSigns,
): FoundAlias {
  const read = all.filter(({ key }) => aliasKeys.has(key)).map(readAlias)
  const aliases = read.filter(each => each !== undefined)
  const found = (alias: PlainAlias, isGuessed = false): FoundAlias => {
    const before = aliases.slice(0, aliases.indexOf(alias))
    const shadow = before.find(({ path }) => isBelow(alias.path, path))?.directive
    return { alias: { ...alias, isGuessed, shadow }, candidates: [] }
  }
  const isIn = (folders: readonly string[]) => (alias: PlainAlias) =>
    folders.some(folder => sameFolder(folder, alias.folder))
  const sure = aliases.findLast(isIn(roots))
  if (sure !== undefined) return found(sure)
  const signed = lastOfPaths([
    ...aliases.filter(isIn(locked)),
    ...aliases.filter(({ path }) => /^\/library_content_cache\/?$/i.test(path)),
  ])
  const [one, ...others] = signed
  if (one !== undefined && others.length === 0) return found(one)
  if (one !== undefined) return { alias: undefined, candidates: directivesOf(signed) }
  if (!hasLibrary) return { alias: undefined, candidates: [] }
  const named = lastOfPaths(aliases.filter(({ folder }) => /ccmcache|cdhc|fncs/i.test(folder)))
  const [guess, ...more] = named
  if (guess !== undefined && more.length === 0) return found(guess, true)
  const near = aliases.filter(({ path, folder }) => /librar|ccm|cdhc|fncs/i.test(path + folder))
  const unread = all.filter(each => each.key === 'aliasmatch' && readAlias(each) === undefined)
  return { alias: undefined, candidates: [...directivesOf(near), ...unread] }
}

export function isBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(above.endsWith('/') ? above : `${above}/`)
}

const aliasKeys = new Set(['alias', 'scriptalias', 'aliasmatch'])

/** Undefined: an expression that is more than a path and the rest of it. */
function readAlias(directive: Directive): PlainAlias | undefined {
  const [path = '', folder = ''] = directive.words.map(({ text }) => text)
  if (directive.key !== 'aliasmatch') return { directive, path, folder }
  const [, plain, rest] = /^\^(\/[\w/-]*?)(\(\/?\.\*\)\??|\/\(\.\*\))\$?$/.exec(path) ?? []
  const [, target] = /^([^$]+)\$1$/.exec(folder) ?? []
  if (plain === undefined || target === undefined) return undefined
  const isInner = rest === '/(.*)' || plain.endsWith('/')
  if (isInner !== /[/\\]$/.test(target)) return undefined
  const withoutSlash = (text: string) => text.replace(/[/\\]$/, '')
  return { directive, path: withoutSlash(plain), folder: withoutSlash(target) }
}

/** A host's own Alias replaces that of the server for the same path. */
function lastOfPaths(aliases: readonly PlainAlias[]): PlainAlias[] {
  return [...new Map(aliases.map(each => [each.path, each])).values()]
}

function directivesOf(aliases: readonly PlainAlias[]): Directive[] {
  return aliases.map(({ directive }) => directive)
}
