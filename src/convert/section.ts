// Decides whether a section of httpd.conf applies to photos: to all of them, to none, or to some or sometimes. Doubt
// is never "none": a restriction that is overlooked is an open door.
import { mayDecide } from './deciding-directives.ts'
import { conditional, isInForce } from './httpd/condition.ts'
import type { Directive } from './httpd/directive.ts'
import type { PhotoMatch, PhotoMatchOptions } from './photo-paths.ts'
import { fnmatchToRegex, isFoundInText, matchGlob, matchRegex, matchText } from './photo-paths.ts'
import type { PhotoPlace } from './photo-place.ts'
import { isWindowsPath, matchMapping, matchPrefix, plainPath } from './photo-place.ts'

export { mayDecide as mayTurnAway }

const authorizing = /^(?:require\w*|order|allow|deny|satisfy)$/

/**
 * Dissolves the sections that only say when their contents apply. A section stays when that is not known and it could
 * decide something, and so does a <Limit> for methods other than GET.
 */
export function flatten(directives: readonly Directive[]): Directive[] {
  return directives.flatMap(each => {
    if (/^limit(?:except)?$/.test(each.key)) return flattenLimit(each)
    if (!conditional.has(each.key)) return [each]
    const holds = isInForce(each)
    if (holds === false) return []
    const inside = flatten(each.children ?? [])
    const hosts = inside.filter(({ key }) => key === 'virtualhost')
    const others = inside.filter(({ key }) => key !== 'virtualhost')
    if (holds || !others.some(mayDecide)) return inside
    return [{ ...each, children: others }, ...hosts]
  })
}

/** Apache applies <Limit> to authorization only: all other directives in it apply to every method. */
function flattenLimit(section: Directive): Directive[] {
  const inside = flatten(section.children ?? [])
  if (limitsGet(section)) return inside
  const limited = inside.filter(({ key }) => authorizing.test(key))
  const others = inside.filter(({ key }) => !authorizing.test(key))
  return limited.length === 0 ? others : [{ ...section, children: limited }, ...others]
}

/** HEAD counts as GET. With `get` Apache 2.2 does not start, and 2.4 reads it as another method. */
function limitsGet({ key, words }: Directive): boolean {
  const isNamed = words.some(({ text }) => text === 'GET' || text === 'HEAD')
  return (key === 'limit') === isNamed
}

/** Whether a section, other than a <Require…>, applies to photos. */
export function matchSection(section: Directive, place: PhotoPlace): PhotoMatch {
  const { key, words } = section
  const [first, second] = words.map(({ text }) => text)
  const isRegex = key.endsWith('match') || first === '~'
  const text = (first === '~' ? second : first) ?? ''
  const options = { start: place.base, ends: place.ends ?? ['.jpg'] }
  switch (key) {
    case 'directory':
    case 'directorymatch':
      return isRegex ? matchDirectoryRegex(text, place) : matchDirectory(text, place)
    case 'location':
    case 'locationmatch':
      if (isRegex) return matchRegex(text, options)
      return isGlob(text)
        ? matchGlob(text, '[^/]*', options)
        : matchPrefix(text, place.base, place.ends)
    case 'files':
    case 'filesmatch': {
      const matchPhotos = isRegex ? matchRegex : isGlob(text) ? matchFileGlob : matchText
      return text.includes('${') ? 'sometimes' : matchFile(matchPhotos, text, place)
    }
    case 'limit':
    case 'limitexcept':
      return limitsGet(section) ? 'sometimes' : 'never'
    case 'proxy':
    case 'proxymatch':
    case 'virtualhost':
      return 'never'
    default:
      return conditional.has(key) && isForOthers(section, place) ? 'never' : 'sometimes'
  }
}

/** Whether everything that the section decides concerns other things than photos. */
function isForOthers({ children = [] }: Directive, place: PhotoPlace): boolean {
  return children
    .filter(mayDecide)
    .every(each =>
      each.children === undefined
        ? /^(?:script)?alias(?:match)?$|^proxypass/.test(each.key) &&
          matchMapping(each, place.base) === 'never'
        : matchSection(each, place) === 'never',
    )
}

// As apr_fnmatch_test: a text without these characters is compared as it is.
function isGlob(text: string): boolean {
  return /[*?\\]|\[.*\]/s.test(text)
}

type PatternMatcher = (text: string, options: PhotoMatchOptions) => PhotoMatch

const matchFileGlob: PatternMatcher = (glob, options) => matchGlob(glob, '.*', options)

/** Windows ignores the case. If that makes a difference, the result is `sometimes`. */
function matchFile(matchPhotos: PatternMatcher, text: string, place: PhotoPlace): PhotoMatch {
  const { directory, ends = ['.jpg'] } = place
  const match = matchPhotos(text, { start: '', ends })
  if (directory !== undefined && !isWindowsPath(directory)) return match
  return match === matchPhotos(text, { start: '', ends, ignoresCase: true }) ? match : 'sometimes'
}

// Photos are in the directory itself, not below it or beside it.
function matchDirectory(path: string, { directory }: PhotoPlace): PhotoMatch {
  const section = plainPath(path)
  if (section === '/') return 'always'
  if (directory === undefined || !isPlainPath(directory)) return 'sometimes'
  if (isGlob(path)) return matchDirectoryGlob(path, directory)
  if (!isPlainPath(section)) return 'sometimes'
  return directory === section || directory.startsWith(`${section}/`) ? 'always' : 'never'
}

function isPlainPath(path: string): boolean {
  return /^(?:\/|[a-z]:)/.test(path) && !/\$\{|\/\.\.?(?:\/|$)/.test(path)
}

/** Apache compares the pattern with each directory on the way down. */
function matchDirectoryGlob(glob: string, directory: string): PhotoMatch {
  const regex = glob.includes('${')
    ? undefined
    : fnmatchToRegex(glob.replace(/(.)\/+$/, '$1'), '[^/]*')
  if (regex === undefined || !/^\//.test(glob) || isWindowsPath(directory)) return 'sometimes'
  if (isFoundInText(regex, '') === undefined) return 'sometimes'
  const parts = directory.split('/')
  const ways = parts.map((_, at) => parts.slice(0, at + 1).join('/'))
  return ways.some(way => isFoundInText(regex, way) !== false) ? 'always' : 'never'
}

/** Apache 2.4 matches the path of the file, older versions that of the directory: both must agree. */
function matchDirectoryRegex(text: string, { directory }: PhotoPlace): PhotoMatch {
  if (directory === undefined || !isPlainPath(directory)) return 'sometimes'
  const folder = directory.replace(/\/?$/, '/')
  const onFile = matchRegex(text, { start: folder, ignoresCase: isWindowsPath(directory) })
  const onFolder = [folder, folder.slice(0, -1)].map(each => isFoundInText(text, each))
  if (onFile === 'never') return onFolder.includes(true) ? 'sometimes' : 'never'
  return onFile === 'always' && !onFolder.includes(false) ? 'always' : 'sometimes'
}
