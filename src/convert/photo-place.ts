// Where the photos of a host lie: under which path the world asks for them, and which directory Apache takes them
// from. https://httpd.apache.org/docs/2.4/urlmapping.html
import type { Access } from './access-expression.ts'
import { always, and } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Directive } from './httpd/directive.ts'
import type { PhotoMatch } from './photo-paths.ts'
import { matchRegex, matchText } from './photo-paths.ts'

export interface PhotoPlace {
  /** What stands in front of a photo's name in its URL: `/` or `/photos/`. */
  readonly base: string
  /** Whether somebody said so; else it is taken for so. */
  readonly isBaseGiven: boolean
  /** Undefined: not known. Slashes lean forward; none at the end, but for the root. */
  readonly directory: string | undefined
  /** What the names of photos end with; `.jpg`. */
  readonly ends?: readonly string[]
}

export interface PlaceInput {
  /** The host's own directives come first. */
  readonly own: readonly Directive[]
  /** Those of the main server, which the host inherits. */
  readonly around: readonly Directive[]
  readonly documentRoot: string | undefined
  readonly names: readonly string[]
  /** Undefined: photos lie at the top. */
  readonly base: string | undefined
}

/** Whether a URL path as in `Alias`, `Redirect` and `<Location>` holds for the photos: for all that begins so. */
export function matchPrefix(
  path: string,
  base: string,
  ends = ['.jpg'] as readonly string[],
): PhotoMatch {
  if (path === '' || path.includes('${')) return 'sometimes'
  if (base.startsWith(path.replace(/\/?$/, '/')) || path === base) return 'always'
  return matchText(path, { start: base, ends }) === 'never' ? 'never' : 'sometimes'
}

/** Where they lie; what is not known for certain is listed, and nobody is admitted. */
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
    ? refuse(proxied, 'may take photos from elsewhere').access
    : always
  const alias = all.find(each => isAlias(each) && matchMapping(each, base) !== 'never')
  if (alias !== undefined) {
    const directory = directoryOfAlias(alias, base)
    return directory === undefined
      ? refuse(alias, 'may take photos from elsewhere')
      : { directory, access }
  }
  const virtual =
    own.findLast(({ key }) => isVirtualRoot(key)) ??
    around.findLast(({ key }) => isVirtualRoot(key))
  if (virtual !== undefined && virtual.words[0]?.text.toLowerCase() !== 'none') {
    const root = directoryOfName(virtual, names)
    return root === undefined
      ? refuse(virtual, 'takes photos from a directory that depends on the name that was asked for')
      : { directory: below(root, base), access: and(access, always) }
  }
  return { directory: documentRoot && below(documentRoot, base), access }
}

const isVirtualRoot = (key: string) => /^virtualdocumentroot(?:ip)?$/.test(key)
const isAlias = ({ key }: Directive) => /^(?:script)?alias(?:match)?$/.test(key)
const isProxy = ({ key }: Directive) => /^proxypass(?:match)?$/.test(key)

/** Of an alias or a proxied path. */
export function matchMapping({ key, words }: Directive, base: string): PhotoMatch {
  const [path] = words.map(({ text }) => text).filter(text => !/^(?:nocanon|[a-z]+=)/i.test(text))
  if (path === undefined) return 'sometimes'
  if (key.endsWith('match')) return matchRegex(path, { start: base })
  // One argument, in a <Location>: a target for all of it.
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
    // `Alias / /srv` puts the name right behind: no slash comes between by itself.
    const folder = `${target}${base.slice(plain.length)}`
    return folder.endsWith('/') ? plainPath(folder) : undefined
  }
  // Just `^/photos/(.*)$` to `/srv/photos/$1`: all photos into one directory, each under its own name.
  const literal = /^\^([\w/-]*\/)\((?:\.\*|\.\+|\[\^\/\][*+]|\.[*+]\\\.jpg)\)\$?$/.exec(path)?.[1]
  if (key !== 'aliasmatch' || literal !== base || !/^[^$]*\/\$1$/.test(target)) return undefined
  return plainPath(target.slice(0, -2))
}

/** `VirtualDocumentRoot /srv/%0` of a host with one name. Undefined: not known. */
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

// Windows: neither case nor the way the slash leans makes a difference.
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
