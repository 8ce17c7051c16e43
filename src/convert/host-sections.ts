// Finds the sections of httpd.conf that apply to the photos of one host, in the order in which Apache merges them.
// Sections that apply to some photos only, or perhaps, close the host and are listed.
// https://httpd.apache.org/docs/2.4/sections.html
import type { Access } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import { mayDecide } from './deciding-directives.ts'
import { conditional } from './httpd/condition.ts'
import type { Directive } from './httpd/directive.ts'
import type { PathStart } from './photo-paths.ts'
import { anyStart, matchRegex, otherEnds, otherEndsMessage } from './photo-paths.ts'
import type { PhotoPlace } from './photo-place.ts'
import { plainPath } from './photo-place.ts'
import { flatten, matchSection } from './section.ts'

export interface HostSection {
  readonly section: Directive
  /** Its contents, without the sections in it. */
  readonly inside: readonly Directive[]
  /** The part before a photo's name in the path that its rewrite rules see. */
  readonly start: PathStart
  /** Its place in Apache's order, compared number by number. Lower comes first. */
  readonly rank: readonly number[]
}

export interface SectionsInput {
  readonly own: readonly Directive[]
  /** The directives of the main server, whose sections come before those of the host. */
  readonly around: readonly Directive[]
  readonly place: PhotoPlace
  /** Whether `own` is the main server, where many sections concern other things. */
  readonly isMain: boolean
}

/** Sorted as Apache merges them. `closed` gets an access expression for each section that closes the host. */
export function findSections(
  { own, around, place, isMain }: SectionsInput,
  reader: BlockReader,
  closed: Access[],
): HostSection[] {
  const found: HostSection[] = []
  const targets = [...own, ...around].filter(({ key }) => key === 'alias')
  const add = (section: Directive, isOwn: boolean, within: HostSection | undefined) => {
    const name = [section.name, ...section.words.map(({ text }) => text)].join(' ')
    const match = isMisplaced(section, within) ? 'sometimes' : matchSection(section, place)
    if (match === 'always') {
      const sequence = found.length
      const each = {
        section,
        inside: flatten(section.children ?? []).filter(isPlain),
        start: startOf(section, place),
        rank: [...rankOf(section), ...(within?.rank ?? [-1]), sequence],
      }
      found.push(each)
      for (const inner of sectionsOf(section.children ?? [])) add(inner, isOwn, each)
    } else if (!mayDecide(section)) return
    else if (match === 'sometimes') {
      const message = `<${name}> applies to some requests only, so nobody is admitted; write its restrictions as rules`
      closed.push(reader.refuse(section, message))
      if (conditional.has(section.key)) listUnknown(section, reader)
    } else if (isForOtherEnds(section, place)) {
      closed.push(reader.refuse(section, otherEndsMessage(`<${name}> applies to other file types`)))
    } else if (!place.isBaseGiven && mayHoldPhotos(section, place, targets)) {
      const message = `<${name}> applies to some requests only: to the photos, if they are there. Name the URL path of the photos with --path, or --path / for the top; until then nobody is admitted`
      closed.push(reader.refuse(section, message))
    } else if (isOwn && !conditional.has(section.key)) {
      const message = `<${name}> applies to some requests only, but not to photos; its restrictions are not carried over`
      reader.addLeftover(section, message)
    } else reader.addPassedOver(section, `<${name}> does not apply to photos; it is left out`)
  }
  for (const section of sectionsOf(around)) add(section, false, undefined)
  for (const section of sectionsOf(own)) add(section, !isMain, undefined)
  return found.sort((a, b) => compare(a.rank, b.rank))
}

function sectionsOf(directives: readonly Directive[]): Directive[] {
  return flatten(directives).filter(each => !isPlain(each) && each.key !== 'virtualhost')
}

/** A directive, or a section that contains authorization only, such as <RequireAny>. */
function isPlain({ key, children }: Directive): boolean {
  return children === undefined || key.startsWith('require')
}

/** Whether a section is where Apache does not allow it; Apache does not start with such a file. */
function isMisplaced({ key }: Directive, within: HostSection | undefined): boolean {
  if (within === undefined) return false
  const isFiles = /^files(?:match)?$/.test(key)
  if (isFiles) return !/^directory/.test(within.section.key)
  return /^(?:directory|location)/.test(key)
}

/** Lists each line that may decide in a section that Apache may not read. */
function listUnknown(section: Directive, reader: BlockReader): void {
  for (const each of section.children ?? []) {
    if (!mayDecide(each)) continue
    const text = [each.name, ...each.words.map(word => word.text)].join(' ')
    reader.addLeftover(
      each,
      `${text} applies only if <${section.name}> is fulfilled; it is not carried over`,
    )
    if (conditional.has(each.key)) listUnknown(each, reader)
  }
}

const isRegex = ({ key, words }: Directive) => key.endsWith('match') || words[0]?.text === '~'

function rankOf(section: Directive): [number, number] {
  if (section.key.startsWith('location')) return [3, 0]
  if (section.key.startsWith('files')) return [2, 0]
  if (isRegex(section)) return [1, 0]
  return [
    0,
    plainPath(section.words[0]?.text ?? '')
      .split('/')
      .filter(Boolean).length,
  ]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((each, index) => each !== b[index])
  return (a[at] ?? -1) - (b[at] ?? -1)
}

/** Apache removes the directory from the path. Which part that is, is known for a plain <Directory> only. */
function startOf(section: Directive, { directory }: PhotoPlace): PathStart {
  const path = plainPath(section.words[0]?.text ?? '')
  const isPlainDirectory = section.key === 'directory' && !isRegex(section) && !/[*?[]/.test(path)
  if (!isPlainDirectory || directory === undefined) return anyStart
  const rest = directory === path ? '' : directory.slice(path.replace(/\/?$/, '/').length)
  return rest === '' ? '' : `${rest}/`
}

// URL paths that never hold photos, in any installation.
const wellKnown =
  /^\/(?:server-(?:status|info)|status|cgi-bin|icons|error|manual|doc|balancer-manager|ldap-status|perl-status|\.well-known)(?:\/|$)/

/** Whether a section that does not apply to photos at this place would apply to them if they were elsewhere. */
function mayHoldPhotos(
  section: Directive,
  { directory }: PhotoPlace,
  aliases: readonly Directive[],
): boolean {
  if (!asksForSome(section)) return false
  const path = section.words[0]?.text ?? ''
  if (section.key.startsWith('location')) {
    const text = path === '~' ? (section.words[1]?.text ?? '') : path
    if (isRegex(section)) return matchRegex(text, { start: anyStart }) !== 'never'
    return !wellKnown.test(path)
  }
  if (!section.key.startsWith('directory') || directory === undefined) return false
  if (isRegex(section)) {
    const text = path === '~' ? (section.words[1]?.text ?? '') : path
    return matchRegex(text, { start: { prefix: `${directory.replace(/\/?$/, '/')}` } }) !== 'never'
  }
  const folders = aliases
    .filter(({ words }) => !wellKnown.test(words[0]?.text ?? ''))
    .map(({ words }) => plainPath(words[1]?.text ?? ''))
  const own = plainPath(path)
  const isBelow = (root: string) => own.startsWith(root.replace(/\/?$/, '/'))
  return (
    isBelow(directory) ||
    folders.some(each => isBelow(each) || each === own || each.startsWith(`${own}/`))
  )
}

/** Whether the section admits some requests and turns others away. One that admits all or none is not needed. */
function asksForSome(section: Directive): boolean {
  const leaves = leavesOf(section)
  // The output of a program is not a photo.
  if (leaves.some(({ key }) => /^(?:sethandler|proxypass)/.test(key))) return false
  const texts = leaves.filter(mayDecide).map(({ key, words }) => {
    const first = words.slice(0, 2).map(({ text }) => text.toLowerCase())
    return `${key} ${first.join(' ')}`
  })
  const asks = texts.filter(text => !/^(?:order|satisfy|rewriteengine) /.test(text))
  const isGrant = (text: string) => /^(?:require all granted|allow from all)$/.test(text)
  const isDenial = (text: string) => /^(?:require all denied|deny from all)$/.test(text)
  return !(asks.every(isGrant) || asks.every(isDenial))
}

/** Whether the section restricts photos that are files of another type than .jpg. */
function isForOtherEnds(section: Directive, place: PhotoPlace): boolean {
  if (!/^(?:files|location)/.test(section.key)) return false
  const leaves = leavesOf(section).filter(mayDecide)
  const texts = leaves.map(({ key, words }) => [key, ...words.map(({ text }) => text)].join(' '))
  const grant = /^(?:require all granted|allow from all)$/i
  const isGrant =
    texts.some(text => grant.test(text)) &&
    texts.every(text => grant.test(text) || text.startsWith('order '))
  return !isGrant && matchSection(section, { ...place, ends: otherEnds }) !== 'never'
}

function leavesOf({ children = [] }: Directive): Directive[] {
  return children.flatMap(each => (each.children === undefined ? [each] : leavesOf(each)))
}
