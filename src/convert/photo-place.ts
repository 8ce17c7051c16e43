// Finds where the photos of a host are: the URL path of their names, and the directory that Apache takes them from.
// https://httpd.apache.org/docs/2.4/urlmapping.html
import type { Access } from './access-expression.ts'
import { always, and } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Directive } from './httpd/directive.ts'
import type { PhotoMatch } from './photo-paths.ts'
import { matchRegex, matchText } from './photo-paths.ts'

export interface PhotoPlace {
  /** The part of the URL path before the name of a photo: `/` or `/photos/`. */
  readonly base: string
  /** Whether the administrator named it with --path. Otherwise it is assumed. */
  readonly isBaseGiven: boolean
  /** With forward slashes, without one at the end except for the root. Undefined: not known. */
  readonly directory: string | undefined
  /** The endings of photos' names. Default: `.jpg`. */
  readonly ends?: readonly string[]
}

export interface PlaceInput {
  /** The host's own directives come first. */
  readonly own: readonly Directive[]
  /** The directives of the main server, which the host inherits. */
  readonly around: readonly Directive[]
  readonly documentRoot: string | undefined
  /** The host's ServerName and ServerAlias. */
  readonly names: readonly string[]
  /** Undefined: the photos are at the top. */
  readonly base: string | undefined
}

/** Whether a URL path of `Alias`, `Redirect` or `<Location>`, which applies to all paths below it, matches photos. */
export function matchPrefix(
  path: string,
  base: string,
  ends = ['.jpg'] as readonly string[],
): PhotoMatch {
  if (path === '' || path.includes('${')) return 'sometimes'
  if (base.startsWith(path.replace(/\/?$/, '/')) || path === base) return 'always'
  return matchText(path, { start: base, ends }) === 'never' ? 'never' : 'sometimes'
}

/** Where the photos are. If that is not certain, the reason is listed and `access` admits nobody. */
export function findPlace(
  { own, around, documentRoot, names, base = '/' }: PlaceInput,
  reader: BlockReader,
): { readonly directory: string | undefined; readonly access: Access } {
  const all = [...own, ...around]
  const refuse = (directive: Directive, reason: string) => ({
    directory: undefined,
    access: reader.refuse(directive, `${textOf(directive)} ${reason}, so nobody is admitted`),
  })
  const proxied = all.find(each => isProxy(each) && matchMapping(each, base) !== 'never')
  const isProxied = proxied !== undefined && !isExcepted(proxied, base)
  const access: Access = isProxied
    ? refuse(proxied, 'may take photos from another server').access
    : always
  const alias = all.find(each => isAlias(each) && matchMapping(each, base) !== 'never')
  if (alias !== undefined) {
    const directory = directoryOfAlias(alias, base)
    return directory === undefined
      ? refuse(alias, 'may take photos from another place')
      : { directory, access }
  }
  const virtual =
    own.findLast(({ key }) => isVirtualRoot(key)) ??
    around.findLast(({ key }) => isVirtualRoot(key))
  if (virtual !== undefined && virtual.words[0]?.text.toLowerCase() !== 'none') {
    const root = directoryOfName(virtual, names)
    return root === undefined
      ? refuse(
          virtual,
          'takes photos from a directory that depends on the host name of the request',
        )
      : { directory: below(root, base), access: and(access, always) }
  }
  return { directory: documentRoot && below(documentRoot, base), access }
}

const isVirtualRoot = (key: string) => /^virtualdocumentroot(?:ip)?$/.test(key)
const isAlias = ({ key }: Directive) => /^(?:script)?alias(?:match)?$/.test(key)
const isProxy = ({ key }: Directive) => /^proxypass(?:match)?$/.test(key)

/** Whether an alias or a proxied path matches photos. */
export function matchMapping({ key, words }: Directive, base: string): PhotoMatch {
  const [path] = words.map(({ text }) => text).filter(text => !/^(?:nocanon|[a-z]+=)/i.test(text))
  if (path === undefined) return 'sometimes'
  if (key.endsWith('match')) return matchRegex(path, { start: base })
  // A single argument, in a <Location>, is the target for the whole section.
  if (!path.startsWith('/')) return 'sometimes'
  return matchPrefix(path.replace(/\/{2,}/g, '/'), base)
}

function isExcepted(directive: Directive, base: string): boolean {
  return directive.words[1]?.text === '!' && matchMapping(directive, base) === 'always'
}

/** Undefined: not known. */
function directoryOfAlias({ key, words }: Directive, base: string): string | undefined {
  const [path = '', target = ''] = words.map(({ text }) => text)
  if (target.includes('${') || target === '' || words.length !== 2) return undefined
  if (key === 'alias') {
    const plain = path.replace(/\/{2,}/g, '/')
    if (matchPrefix(plain, base) !== 'always') return undefined
    // `Alias / /srv` appends the name directly: Apache does not add a slash.
    const folder = `${target}${base.slice(plain.length)}`
    return folder.endsWith('/') ? plainPath(folder) : undefined
  }
  // Only `^/photos/(.*)$` to `/srv/photos/$1`: all photos are in one directory under their own names.
  const literal = /^\^([\w/-]*\/)\((?:\.\*|\.\+|\[\^\/\][*+]|\.[*+]\\\.jpg)\)\$?$/.exec(path)?.[1]
  if (key !== 'aliasmatch' || literal !== base || !/^[^$]*\/\$1$/.test(target)) return undefined
  return plainPath(target.slice(0, -2))
}

/** The directory of `VirtualDocumentRoot /srv/%0` for a host with one name. Undefined: not known. */
function directoryOfName({ key, words }: Directive, names: readonly string[]): string | undefined {
  const [name, ...others] = names
  const text = words[0]?.text ?? ''
  if (key !== 'virtualdocumentroot' || name === undefined || others.length > 0) return undefined
  if (!/^[\w.-]+$/.test(name) || text.includes('${')) return undefined
  const path = text.replace(/%([%0])/g, (_, what: string) => (what === '%' ? '\0' : name))
  return path.includes('%') ? undefined : path.replaceAll('\0', '%')
}

function below(root: string, base: string): string {
  return plainPath(`${root}/${base}`)
}

/**
 * A path in one spelling, for comparing: forward slashes, none doubled or at the end, and lower case on Windows.
 * @example plainPath('C:\\Photos\\') // 'c:/photos'
 */
export function plainPath(path: string): string {
  const plain = path
    .replaceAll('\\', '/')
    .replace(/\/{2,}/g, '/')
    .replace(/(.)\/+$/, '$1')
  return isWindowsPath(plain) ? plain.toLowerCase() : plain
}

export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:/.test(path)
}

function textOf({ name, words }: Directive): string {
  return [name, ...words.map(({ text }) => text)].join(' ')
}
