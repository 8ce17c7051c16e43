// Which part of an httpd.conf is about the photos: the virtual host, its directory, and the sections that
// hold for them.
import type { Access } from './access.ts'
import { and } from './access.ts'
import { joinAuthorization, readAuthorization } from './authorization.ts'
import type { BlockReader } from './block-reader.ts'
import type { Directive } from './httpd-config.ts'
import { readInherited, readOthers } from './other-restrictions.ts'
import { readRewrite } from './rewrite.ts'
import type { Away } from './rewrite-outcome.ts'
import { concernOf, flatten, mayTurnAway } from './section.ts'

export interface VirtualHost {
  /** Undefined: the main server. */
  readonly section: Directive | undefined
  readonly names: readonly string[]
  readonly documentRoot: string | undefined
  readonly directives: readonly Directive[]
}

/** The main server, where it has rules, and all virtual hosts. */
export function findVirtualHosts(config: readonly Directive[]): VirtualHost[] {
  const all = flatten(config)
  const sections = all.filter(({ key }) => key === 'virtualhost')
  const main = describe(
    all.filter(({ key }) => key !== 'virtualhost'),
    undefined,
  )
  const hosts = sections.map(section => {
    const host = describe(flatten(section.children ?? []), section)
    return { ...host, documentRoot: host.documentRoot ?? main.documentRoot }
  })
  return [main, ...hosts].filter(
    ({ section, directives }) =>
      section !== undefined || directives.some(({ key }) => key === 'rewritecond'),
  )
}

function describe(directives: readonly Directive[], section: Directive | undefined): VirtualHost {
  const textsOf = (key: string) =>
    directives
      .filter(each => each.key === key)
      .flatMap(({ words }) => words.map(({ text }) => text))
  return {
    section,
    directives,
    names: [...textsOf('servername'), ...textsOf('serveralias')].map(name =>
      name
        .toLowerCase()
        .replace(/^https?:\/\//, '')
        .replace(/:\d+$/, ''),
    ),
    documentRoot: textsOf('documentroot').at(-1) || undefined,
  }
}

/** Whether the host has something that turns requests away. */
export function hasRules({ directives }: VirtualHost): boolean {
  return directives.some(
    ({ key, children }) =>
      ['rewritecond', 'rewriterule', 'require', 'allow', 'deny'].includes(key) ||
      (children !== undefined && hasRules({ directives: children } as VirtualHost)),
  )
}

/** Who gets at the files of the host, and where the others go. */
export function readHost(
  host: VirtualHost,
  config: readonly Directive[],
  reader: BlockReader,
): { readonly access: Access; readonly away: readonly Away[] } {
  const own = readRewrite(host.directives, reader)
  const around = host.section === undefined ? [] : flatten(config)
  const away = [...own.away]
  const parts: Access[] = [
    own.access,
    readOthers(host.directives, reader),
    readInherited(around, reader),
  ]
  let authorization = readAuthorization(host.directives, reader)
  const contexts = [...around, ...host.directives].filter(
    each => mayTurnAway(each) && concerns(each, host, reader, parts),
  )
  // Deeper directories come later, and what they say of authorization stands in place of what was said: each
  // of the two kinds for itself.
  for (const context of contexts.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    const inside = flatten(context.children ?? [])
    authorization = { ...authorization, ...readAuthorization(inside, reader) }
    const rewrite = readRewrite(inside, reader)
    away.push(...rewrite.away)
    parts.push(rewrite.access, readOthers(inside, reader))
    for (const each of inside) {
      if (!each.key.startsWith('require') && mayTurnAway(each)) concerns(each, host, reader, parts)
    }
  }
  return { access: and(...parts, joinAuthorization(authorization)), away }
}

function depthOf({ key, words }: Directive): number {
  // Apache merges Location last.
  return key === 'location'
    ? 1_000
    : (words[0]?.text.split(/[/\\]/).filter(part => part !== '').length ?? 0)
}

/** Whether the section holds for all photos. One that may hold for some is listed and closes the door. */
function concerns(
  section: Directive,
  host: VirtualHost,
  reader: BlockReader,
  parts: Access[],
): boolean {
  if (section.children === undefined) return false
  const concern = concernOf(section, host.documentRoot)
  const name = [section.name, ...section.words.map(({ text }) => text)].join(' ')
  if (concern === 'sometimes') {
    parts.push(
      reader.refuse(
        section,
        `<${name}> holds for some requests only, so nobody is admitted; write what it says of access as rules`,
      ),
    )
  } else if (concern === 'never' && host.directives.includes(section)) {
    reader.leave(
      section,
      `<${name}> holds for some requests only, and for no photos; what it says of access is not carried over`,
    )
  }
  return concern === 'always'
}
