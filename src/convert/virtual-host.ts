// Reads the parts of an httpd.conf that concern the photos: the virtual host, its directory, and the sections that
// apply to them, as one access expression.
import type { Access } from './access-expression.ts'
import { always, and } from './access-expression.ts'
import type { Authorization } from './authorization.ts'
import { joinAuthorization, readAuthorization } from './authorization.ts'
import type { BlockReader } from './block-reader.ts'
import { followsSymlinks, mayDecide } from './deciding-directives.ts'
import type { HostSection } from './host-sections.ts'
import { findSections } from './host-sections.ts'
import type { Directive } from './httpd/directive.ts'
import { readInherited, readLimits, readRestrictions } from './other-restrictions.ts'
import type { PhotoPlace } from './photo-place.ts'
import { findPlace, plainPath } from './photo-place.ts'
import { isOn, readRewrite } from './rewrite.ts'
import type { TurnAway } from './rewrite-outcome.ts'
import { flatten } from './section.ts'

export interface VirtualHost {
  /** Undefined: the main server, or a .htaccess. */
  readonly section: Directive | undefined
  /** Whether the directives are those of a .htaccess in the directory of the photos. */
  readonly isHtaccess: boolean
  readonly names: readonly string[]
  readonly documentRoot: string | undefined
  readonly directives: readonly Directive[]
}

export interface ReadHost {
  readonly access: Access
  readonly turnAways: readonly TurnAway[]
  /** The directory of the photos. Undefined: not known. */
  readonly directory: string | undefined
}

/** The requests that reach the files of the host, and how the others are turned away. `base`: the value of --path. */
export function readHost(
  host: VirtualHost,
  config: readonly Directive[],
  { reader, base }: { readonly reader: BlockReader; readonly base: string | undefined },
): ReadHost {
  if (host.isHtaccess) return readHtaccess(host, { reader, base })
  const own = host.directives
  const around = host.section === undefined ? [] : flatten(config)
  const { names, documentRoot } = host
  const found = findPlace({ own, around, documentRoot, names, base }, reader)
  const { directory } = found
  const place = { base: base ?? '/', isBaseGiven: base !== undefined, directory }
  const closed: Access[] = [found.access]
  const isMain = host.section === undefined
  const sections = findSections({ own, around, place, isMain }, reader, closed)
  const inherited = around.findLast(({ key }) => key === 'rewriteengine')
  const rewrite = readRewrite(own, reader, {
    ...{ start: place.base, isBaseGiven: place.isBaseGiven, engine: inherited },
  })
  const inner = readSections(sections, { reader, place, serverOptions: [...around, ...own] })
  const server = { base: place.base, isServer: true }
  const access = and(
    ...closed,
    readRestrictions(own, reader, server),
    readInherited(around, reader, server),
    leaveTypographic([...around, ...own], reader),
    readLimits(flatten(config), host.section, reader),
    rewrite.accessBefore(inner.rewriteAccess),
    inner.access,
    joinAuthorization({ ...readAuthorization(own, reader), ...inner.authorization }),
  )
  return { access, turnAways: [...rewrite.turnAways, ...inner.turnAways], directory }
}

/** photogate reads typographic characters as plain ones. Apache compares them literally, and may turn away more. */
function leaveTypographic(directives: readonly Directive[], reader: BlockReader): Access {
  for (const each of directives) {
    const { key, typographic, children } = each
    if (key === 'virtualhost') continue
    if (typographic !== undefined && key !== 'documentroot' && mayDecide(each)) {
      reader.addLeftover(
        each,
        `is read with plain quotes, blanks and hyphens in place of ${typographic}, which Apache compares literally, so it may turn away more; check that the rules say what you mean`,
      )
    }
    leaveTypographic(children ?? [], reader)
  }
  return always
}

/** A .htaccess applies like a <Directory> section for the photos. */
function readHtaccess(
  { directives }: VirtualHost,
  { reader, base }: { readonly reader: BlockReader; readonly base: string | undefined },
): ReadHost {
  const first = directives[0] ?? { file: '', line: 1, column: 1 }
  const { file, line, column } = first
  const words = [{ file, line, column, text: '/' }]
  const section: Directive = {
    ...{ file, line, column, words, name: 'Directory', key: 'directory', comments: [] },
    children: directives,
  }
  const directory = plainPath(base ?? '/')
  const place: PhotoPlace = { base: base ?? '/', isBaseGiven: base !== undefined, directory }
  const closed: Access[] = []
  const sections = findSections(
    { own: [section], around: [], place, isMain: false },
    reader,
    closed,
  )
  const inner = readSections(sections, { reader, place, serverOptions: [] })
  const authorization = joinAuthorization(inner.authorization)
  return {
    access: and(
      ...closed,
      leaveTypographic(directives, reader),
      inner.rewriteAccess,
      inner.access,
      authorization,
    ),
    turnAways: inner.turnAways,
    directory: undefined,
  }
}

interface ReadSectionsInput {
  readonly reader: BlockReader
  readonly place: PhotoPlace
  /** The directives of the host and the main server, which may set Options. */
  readonly serverOptions: readonly Directive[]
}

interface ReadSections {
  readonly authorization: Authorization
  readonly rewriteAccess: Access
  readonly access: Access
  readonly turnAways: readonly TurnAway[]
}

/** The sections in Apache's order. A later section replaces the settings of an earlier one, each kind separately. */
function readSections(sections: readonly HostSection[], input: ReadSectionsInput): ReadSections {
  const { reader, place, serverOptions } = input
  let authorization: Authorization = {}
  let rewriting: HostSection | undefined
  const engines: (Directive | undefined)[] = [undefined]
  let [hasLinks, options] = readOptions(serverOptions, [true, undefined])
  const parts: Access[] = []
  for (const each of sections) {
    const { inside } = each
    authorization = { ...authorization, ...readAuthorization(inside, reader) }
    parts.push(readRestrictions(inside, reader, { base: place.base, isServer: false }))
    ;[hasLinks, options] = readOptions(inside, [hasLinks, options])
    if (!inside.some(({ key }) => /^rewrite(?:engine|cond|rule|base|options)$/.test(key))) continue
    passOverRules(rewriting, each, reader)
    rewriting = each
    engines.push(inside.findLast(({ key }) => key === 'rewriteengine') ?? engines.at(-1))
  }
  if (rewriting === undefined) {
    return { authorization, rewriteAccess: always, access: and(...parts), turnAways: [] }
  }
  if (!hasLinks && options !== undefined && isOn(engines.at(-1))) {
    const message = `Options ${options.words.map(({ text }) => text).join(' ')} takes FollowSymLinks away, and without it Apache turns everybody away where rewriting is on`
    parts.push(reader.refuse(options, message))
  }
  const { accessBefore, turnAways } = readRewrite(rewriting.inside, reader, {
    ...{ start: rewriting.start, isBaseGiven: place.isBaseGiven, engine: engines.at(-2) },
  })
  return { authorization, rewriteAccess: accessBefore(always), access: and(...parts), turnAways }
}

type Links = [boolean, Directive | undefined]

/** Whether Apache follows symbolic links, and the directive that decides it. */
function readOptions(directives: readonly Directive[], [has, by]: Links): Links {
  let links: Links = [has, by]
  for (const each of directives) {
    if (each.key !== 'options') continue
    const takes = followsSymlinks(each.words.map(({ text }) => text))
    if (takes !== undefined) links = [takes, each]
  }
  return links
}

/** Lists the rules of a directory further up, which Apache ignores. */
function passOverRules(
  before: HostSection | undefined,
  { section }: HostSection,
  reader: BlockReader,
): void {
  for (const each of before?.inside ?? []) {
    if (each.key !== 'rewriterule') continue
    const name = [section.name, ...section.words.map(({ text }) => text)].join(' ')
    reader.addPassedOver(
      each,
      `is overridden by <${name}>, line ${section.line}: where several sections apply, Apache uses the rewrite rules of the last one only; it is left out`,
    )
  }
}
