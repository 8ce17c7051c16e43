// Which directives may decide who sees a photo, or which file is one. The default is that they do: a directive that
// nobody here knows closes, and so does a known one with arguments that could turn a request away.
import { harmless } from './harmless-directives.ts'
import type { Directive } from './httpd/directive.ts'

/** Whether it takes effect on a photo in some way; of a section: anything in it, however deep. */
export function mayDecide(directive: Directive): boolean {
  const { key, children } = directive
  if (children === undefined) return mayDecideByItself(directive)
  if (inert.has(key)) return false
  return !sections.has(key) || key.startsWith('require') || children.some(mayDecide)
}

// Other hosts, and what is for proxied requests only: photos are not proxied, or the line that does it closes.
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

// By the arguments: all, as they are written.
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
  // Of GET, only where there is a query; any photo may be asked for with one.
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

/** A type that no module takes for a handler. */
function isPlainType(type: string): boolean {
  return /^(?:none|(?:image|text|audio|video|font)\/(?!x-server)[\w.+-]+)$/i.test(type)
}

/**
 * What `Options` says of symbolic links, without which Apache turns away from a directory with rewrite rules.
 * Undefined: nothing.
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
