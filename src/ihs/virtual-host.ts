// Which part of an httpd.conf is about the photos: the virtual host, its directory, and the sections that
// hold for them.
import type { Access } from './access.ts'
import { always, and } from './access.ts'
import { readAuthorization } from './authorization.ts'
import type { BlockReader } from './block-reader.ts'
import type { Directive } from './httpd-config.ts'
import type { Away } from './rewrite.ts'
import { readRewrite } from './rewrite.ts'

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
  const hosts = sections.map(section => describe(flatten(section.children ?? []), section))
  const main = describe(
    all.filter(({ key }) => key !== 'virtualhost'),
    undefined,
  )
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
    documentRoot: textsOf('documentroot').at(-1),
  }
}

// Sections that only say when their contents hold: what a module or a version is not there for is the rare
// case, and a rule too few turns somebody away who can be asked.
const transparent = new Set(['ifmodule', 'ifversion', 'ifdefine', 'iffile'])

function flatten(directives: readonly Directive[]): Directive[] {
  return directives.flatMap(each => {
    if (!transparent.has(each.key)) return [each]
    return each.words[0]?.text.startsWith('!') ? [] : flatten(each.children ?? [])
  })
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
  const contexts = [
    ...(host.section === undefined ? [] : flatten(config).filter(isDirectory)),
    ...host.directives,
  ].filter(each => concerns(each, host, reader))
  const away = [...own.away]
  const parts: Access[] = [own.access]
  let authorization = readAuthorization(host.directives, reader)
  // Deeper directories come later, and what they say of authorization stands in place of what was said.
  for (const context of contexts.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    const inside = flatten(context.children ?? [])
    authorization = readAuthorization(inside, reader) ?? authorization
    const rewrite = readRewrite(inside, reader)
    away.push(...rewrite.away)
    parts.push(rewrite.access)
  }
  return { access: and(...parts, authorization ?? always), away }
}

function isDirectory({ key }: Directive): boolean {
  return key === 'directory'
}

function depthOf({ key, words }: Directive): number {
  // Apache merges Location last.
  return key === 'location'
    ? 1_000
    : (words[0]?.text.split(/[/\\]/).filter(part => part !== '').length ?? 0)
}

/** Sections that hold for all photos; the host's own that hold for some are listed. */
function concerns(section: Directive, host: VirtualHost, reader: BlockReader): boolean {
  const { key, words, children } = section
  if (children === undefined) return false
  const path = words[0]?.text ?? ''
  if (key === 'directory') {
    const root = plainPath(host.documentRoot ?? '')
    const directory = plainPath(path)
    if (root === directory || root.startsWith(directory.replace(/\/?$/, '/'))) return true
  }
  if (key === 'location' && path === '/') return true
  const isOwn = host.directives.includes(section)
  if (isOwn && hasRules({ directives: children } as VirtualHost)) {
    reader.leave(
      section,
      `<${section.name} ${path}> holds for some requests only; what it says of access is not carried over`,
    )
  }
  return false
}

// Windows: neither case nor the way the slash leans makes a difference.
function plainPath(path: string): string {
  const plain = path.replaceAll('\\', '/').replace(/(.)\/+$/, '$1')
  return /^[A-Za-z]:/.test(plain) ? plain.toLowerCase() : plain
}
