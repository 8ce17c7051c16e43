// Which sections of httpd.conf hold for the photos: for all of them, for none, or for some or at times. What is
// not certain is never taken for none: a restriction that is overlooked is an open door.
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
 * The directives without the sections that only say when they hold. Where that is not known and something
 * could be decided, the section stays as it is; so does what is for other methods than GET.
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

/** Apache heeds <Limit> for authorization only: all else in it holds for every method. */
function flattenLimit(section: Directive): Directive[] {
  const inside = flatten(section.children ?? [])
  if (limitsGet(section)) return inside
  const limited = inside.filter(({ key }) => authorizing.test(key))
  const others = inside.filter(({ key }) => !authorizing.test(key))
  return limited.length === 0 ? others : [{ ...section, children: limited }, ...others]
}

/** HEAD counts as GET. Apache 2.2 does not start with another case, and 2.4 takes it for another method. */
function limitsGet({ key, words }: Directive): boolean {
  const isNamed = words.some(({ text }) => text === 'GET' || text === 'HEAD')
  return (key === 'limit') === isNamed
}

/** Of a section that is not a <Require…>. */
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

/** Whenever it may hold: all that it decides is about something else. */
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

// As apr_fnmatch_test: what has none of these is compared as it stands.
function isGlob(text: string): boolean {
  return /[*?\\]|\[.*\]/s.test(text)
}

type PatternMatcher = (text: string, options: PhotoMatchOptions) => PhotoMatch

const matchFileGlob: PatternMatcher = (glob, options) => matchGlob(glob, '.*', options)

/** Windows knows no case: where that makes a difference, it holds for some. */
function matchFile(matchPhotos: PatternMatcher, text: string, place: PhotoPlace): PhotoMatch {
  const { directory, ends = ['.jpg'] } = place
  const match = matchPhotos(text, { start: '', ends })
  if (directory !== undefined && !isWindowsPath(directory)) return match
  return match === matchPhotos(text, { start: '', ends, ignoresCase: true }) ? match : 'sometimes'
}

// Photos lie in the directory itself: what is below it, or beside it, holds none.
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

/** Apache tries it on each directory on the way down. */
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

/** Apache 2.4 tries it on the file with its path, those before on directories: it must make no difference. */
function matchDirectoryRegex(text: string, { directory }: PhotoPlace): PhotoMatch {
  if (directory === undefined || !isPlainPath(directory)) return 'sometimes'
  const folder = directory.replace(/\/?$/, '/')
  const onFile = matchRegex(text, { start: folder, ignoresCase: isWindowsPath(directory) })
  const onFolder = [folder, folder.slice(0, -1)].map(each => isFoundInText(text, each))
  if (onFile === 'never') return onFolder.includes(true) ? 'sometimes' : 'never'
  return onFile === 'always' && !onFolder.includes(false) ? 'always' : 'sometimes'
}
