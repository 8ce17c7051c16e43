// Knows which directives may decide about a photo: who sees it, or which file it is. The default is that they may: an
// unknown directive closes, and so does a known one whose arguments could turn a request away.
import { harmless } from './harmless-directives.ts'
import type { Directive } from './httpd/directive.ts'

/** Whether a directive can have an effect on a photo. For a section: whether anything in it can, at any depth. */
export function mayDecide(directive: Directive): boolean {
  const { key, children } = directive
  if (children === undefined) return mayDecideByItself(directive)
  if (inert.has(key)) return false
  return !sections.has(key) || key.startsWith('require') || children.some(mayDecide)
}

// Sections for other hosts and for proxied requests. Photos are not proxied, or the line that proxies them closes.
const inert = new Set([
  'virtualhost',
  'proxy',
  'proxymatch',
  'authnprovideralias',
  'authzprovideralias',
  'mdomainset',
])

const sections = new Set(
  'directory directorymatch files filesmatch location locationmatch limit limitexcept if elseif else ifmodule ifversion ifdefine iffile ifdirective ifsection requireall requireany requirenone'.split(
    ' ',
  ),
)

const isOff = (text: string) => /^(?:none|off|0|disabled?)$/i.test(text)

// Each gets all arguments as written.
const byArguments: Record<string, (words: readonly string[]) => boolean> = {
  action: ([what = '']) => /^image\/|^default-handler$/i.test(what),
  addhandler: words => words.slice(1).some(isPhotoEnding),
  addtype: ([type = '', ...endings]) => !isPlainType(type) && endings.some(isPhotoEnding),
  allowmethods: words => !words.some(word => /^(?:GET|HEAD|reset)$/.test(word)),
  allowoverride: () => false,
  allowoverridelist: () => false,
  authmerging: ([how = '']) => !isOff(how),
  dav: ([what = '']) => !isOff(what),
  forcetype: ([type = '']) => !isPlainType(type),
  limitrequestfields: ([most]) => Number(most) !== 0 && !(Number(most) >= 30),
  limitrequestfieldsize: ([most]) => !(Number(most) >= 2_048),
  limitrequestline: ([most]) => !(Number(most) >= 512),
  metafiles: ([what = '']) => !isOff(what),
  options: words => followsSymlinks(words) === false,
  requestheader: words => words.some(word => /^early$/i.test(word)),
  // With GET it acts on requests with a query only, but a client can add a query to any photo.
  script: ([method = '']) => /^(?:GET|HEAD)$/i.test(method),
  sethandler: ([name = '']) => !/^(?:none|default-handler)$/i.test(name),
  sslclientauth: ([what = '']) => !isOff(what),
  sslstrictsnivhostcheck: ([what = '']) => !isOff(what),
  sslverifyclient: ([what = '']) => !isOff(what),
  stricthostcheck: ([what = '']) => !isOff(what),
}

function mayDecideByItself({ key, words }: Directive): boolean {
  if (harmless.has(key)) return false
  return byArguments[key]?.(words.map(({ text }) => text)) ?? true
}

function isPhotoEnding(ending: string): boolean {
  return /^\.?jpe?g$/i.test(ending) || ending.includes('${')
}

/** A media type that no module uses as the name of a handler. */
function isPlainType(type: string): boolean {
  return /^(?:none|(?:image|text|audio|video|font)\/(?!x-server)[\w.+-]+)$/i.test(type)
}

/**
 * Whether `Options` with these words follows symbolic links. Undefined: they change nothing about it. Where links are
 * not followed, Apache turns everybody away from a directory with rewrite rules.
 * @example followsSymlinks(['-FollowSymLinks']) // false
 */
export function followsSymlinks(words: readonly string[]): boolean | undefined {
  const isRelative = words.every(word => /^[+-]/.test(word))
  const names = (sign: RegExp) =>
    words.some(
      word =>
        sign.test(word) &&
        /^(?:all|followsymlinks|symlinksifownermatch)$/i.test(word.replace(/^[+-]/, '')),
    )
  if (!isRelative) return names(/^[^-]/)
  if (names(/^-/)) return false
  return names(/^\+/) ? true : undefined
}
