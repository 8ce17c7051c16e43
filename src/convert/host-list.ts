// Lists the virtual hosts of an httpd.conf, and says which of them turn requests away.
import type { Directive } from './httpd/directive.ts'
import { flatten } from './section.ts'
import type { VirtualHost } from './virtual-host.ts'

/** The main server, if it has rules of its own, and all virtual hosts. */
export function findVirtualHosts(config: readonly Directive[]): VirtualHost[] {
  const all = flatten(config)
  const sections = all.filter(({ key }) => key === 'virtualhost')
  const directives = all.filter(({ key }) => key !== 'virtualhost')
  const serverRoot = directives.findLast(({ key }) => key === 'serverroot')?.words[0]?.text
  const main = describe(directives, undefined)
  const hosts = sections.map(section => {
    const host = describe(flatten(section.children ?? []), section)
    const documentRoot = host.documentRoot ?? main.documentRoot
    return { ...host, documentRoot: documentRoot && absolute(documentRoot, serverRoot) }
  })
  const isMainMeant =
    directives.some(({ key }) => key === 'rewritecond') || (hosts.length === 0 && hasRules(main))
  if (!isMainMeant) return hosts
  const { documentRoot } = main
  const placed = { ...main, documentRoot: documentRoot && absolute(documentRoot, serverRoot) }
  return [documentRoot === undefined ? withOnlyDirectory(main) : placed, ...hosts]
}

/** Apache resolves a relative path against ServerRoot. Undefined: not known. */
function absolute(path: string, serverRoot: string | undefined): string | undefined {
  if (/^(?:[\\/]|[A-Za-z]:)/.test(path)) return path
  return serverRoot && `${serverRoot}/${path}`
}

/** A fragment with one <Directory> and nothing that contradicts: the photos are in that directory. */
function withOnlyDirectory(main: VirtualHost): VirtualHost {
  if (main.documentRoot !== undefined || main.isHtaccess) return main
  const isServer = main.directives.some(({ key }) => /alias|virtualdocumentroot|^include/.test(key))
  const paths = main.directives
    .filter(each => each.key === 'directory' && each.words[0]?.text !== '/')
    .map(({ words }) => words[0]?.text ?? '')
  const [path = '', ...others] = new Set(paths)
  if (isServer || others.length > 0 || !/^(?:\/|[A-Za-z]:)[^*?[$]*$/.test(path)) return main
  return { ...main, documentRoot: path }
}

function describe(directives: readonly Directive[], section: Directive | undefined): VirtualHost {
  const textsOf = (key: string) =>
    directives
      .filter(each => each.key === key)
      .flatMap(({ words }) => words.map(({ text }) => text))
  return {
    section,
    isHtaccess: section === undefined && isHtaccess(directives),
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

// Apache allows the first in a directory only, and does not allow the second in a .htaccess.
const ofDirectory = /^(?:require\w*|order|allow|deny|satisfy|authtype|authname)$/
const ofServer =
  /^(?:virtualhost|directory(?:match)?|location(?:match)?|documentroot|serverroot|servername|listen|loadmodule|include\w*)$/

function isHtaccess(directives: readonly Directive[]): boolean {
  if (directives.some(({ key }) => ofServer.test(key))) return false
  const [first] = directives
  if (first !== undefined && /(?:^|[\\/.])htaccess$/i.test(first.file)) return true
  return directives.some(
    ({ key, children }) =>
      ofDirectory.test(key) ||
      (/^limit(?:except)?$/.test(key) && (children ?? []).some(each => ofDirectory.test(each.key))),
  )
}

const ruling = new Set([
  ...['rewritecond', 'rewriterule', 'require', 'allow', 'deny', 'order'],
  ...['sslverifyclient', 'sslclientauth', 'sslrequire', 'authtype', 'secrule'],
])

/** Whether the host has a directive that turns requests away. */
export function hasRules({ directives }: Pick<VirtualHost, 'directives'>): boolean {
  return directives.some(
    ({ key, children }) =>
      ruling.has(key) || (children !== undefined && hasRules({ directives: children })),
  )
}
