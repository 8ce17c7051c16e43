// The hosts of an httpd.conf: the server itself, and each <VirtualHost> with what it inherits. Sections that only say when
// their contents apply (<IfModule> and others) are dissolved, as Apache does.
import { conditional, isInForce } from '../../convert/httpd/condition.ts'
import type { Directive } from '../../convert/httpd/directive.ts'

export interface HttpdScope {
  /** `<VirtualHost *:443>`, or undefined for the server itself. */
  readonly host: Directive | undefined
  /** Its own directives and sections. */
  readonly own: readonly Directive[]
  /** Those of the server and then its own. */
  readonly all: readonly Directive[]
}

export interface HttpdScopes {
  readonly scopes: readonly HttpdScope[]
  /** `ibm_local_redirect` and others; undefined when the configuration has no LoadModule line at all. */
  readonly modules: ReadonlySet<string> | undefined
  /** An Include whose files could not be read. */
  readonly missingInclude: Directive | undefined
}

export function scopesOf(directives: readonly Directive[]): HttpdScopes {
  const modules = loadedModules(directives)
  const dissolved = dissolve(directives, modules)
  const server = dissolved.filter(({ key }) => key !== 'virtualhost')
  const hosts = dissolved.filter(({ key }) => key === 'virtualhost')
  return {
    scopes: [
      { host: undefined, own: server, all: server },
      ...hosts.map(host => {
        const own = host.children ?? []
        return { host, own, all: [...server, ...own] }
      }),
    ],
    modules,
    missingInclude: findInclude(dissolved),
  }
}

function dissolve(
  directives: readonly Directive[],
  modules: ReadonlySet<string> | undefined,
): Directive[] {
  return directives.flatMap(each => {
    const children = each.children && dissolve(each.children, modules)
    if (children === undefined) return [{ ...each, children }]
    if (conditional.has(each.key)) return applies(each, modules) ? children : []
    return isPlace(each) ? separate(each, children) : [{ ...each, children }]
  })
}

function isPlace({ key }: Directive): boolean {
  return /^(?:directory|location)(?:match)?$/.test(key)
}

// A section that was not closed seems to hold those after it. It is a finding, and they are read as what they were meant.
function separate(section: Directive, children: readonly Directive[]): Directive[] {
  const own = children.filter(each => !isPlace(each))
  return [{ ...section, children: own }, ...children.filter(isPlace)]
}

// Without LoadModule lines the module that somebody wrote directives for counts as loaded.
function applies(section: Directive, modules: ReadonlySet<string> | undefined): boolean {
  const known = isInForce(section)
  if (known !== undefined) return known
  const asked = section.words.map(({ text }) => text).join(' ')
  const isNegated = asked.startsWith('!')
  if (section.key !== 'ifmodule' || modules === undefined) return !isNegated
  return modules.has(moduleName(asked.replace(/^!\s*/, ''))) !== isNegated
}

function loadedModules(directives: readonly Directive[]): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  const visit = (each: Directive): void => {
    if (each.key === 'loadmodule') names.add(moduleName(each.words[0]?.text ?? ''))
    for (const child of each.children ?? []) visit(child)
  }
  for (const each of directives) visit(each)
  return names.size > 0 ? names : undefined
}

/** @example moduleName('mod_ibm_local_redirect.c') // 'ibm_local_redirect' */
export function moduleName(text: string): string {
  return text
    .toLowerCase()
    .replace(/^mod_/, '')
    .replace(/(?:_module|\.c)$/, '')
}

function findInclude(directives: readonly Directive[]): Directive | undefined {
  for (const each of directives) {
    const found = each.key === 'include' ? each : findInclude(each.children ?? [])
    if (found !== undefined) return found
  }
  return undefined
}
