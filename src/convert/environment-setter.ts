// Finds the directives that set variables of Apache's environment, and whether Apache certainly applies each to
// requests for the host. Does not know their conditions.

import { conditional, isInForce } from './httpd/condition.ts'
import type { Directive } from './httpd/directive.ts'

export interface Setter {
  readonly directive: Directive
  /** `unsure`: Apache may not apply it, or it sets its variable in a way that is not read here. */
  readonly kind: 'server' | 'section' | 'unsure'
  /** In lower case, as Apache compares them. `any`: not known. */
  readonly names: readonly string[] | 'any'
}

/** Those of the main server and of the host, in the order of the text. */
export function findSetters(
  config: readonly Directive[],
  host: Directive | undefined,
): readonly Setter[] {
  const setters: Setter[] = []
  const walk = (directives: readonly Directive[], kind: Setter['kind']): void => {
    for (const directive of directives) {
      const { key, children } = directive
      if (children === undefined) {
        const names = namesOf(directive)
        if (names === undefined) continue
        setters.push({ directive, names, kind: isReadable(directive) ? kind : 'unsure' })
      } else if (conditional.has(key)) {
        const holds = isInForce(directive)
        if (holds !== false) walk(children, holds ? kind : 'unsure')
      } else if (key !== 'virtualhost') {
        walk(children, kind === 'unsure' ? kind : 'section')
      }
    }
  }
  walk(config, 'server')
  if (host !== undefined) walk(host.children ?? [], 'server')
  return setters
}

/**
 * The assignments of a SetEnvIf, SetEnvIfExpr or BrowserMatch. `text` undefined: it unsets the variable; null: the
 * value depends on the request.
 */
export function readAssignments({ key, words }: Directive) {
  return words.slice(isByAttribute(key) ? 2 : 1).map(({ text: written }) => {
    const [, not, name = '', value = '1'] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(written) ?? []
    const text = not === '!' ? undefined : /[$\\]/.test(value) ? null : value
    return { name: name.toLowerCase(), text }
  })
}

const isReadable = ({ key }: Directive) =>
  /^(?:setenvif(?:nocase|expr)?|browsermatch(?:nocase)?)$/.test(key)
const isByAttribute = (key: string) => key === 'setenvif' || key === 'setenvifnocase'

/** Undefined: the directive sets no variable. */
function namesOf(directive: Directive): Setter['names'] | undefined {
  const { key, words } = directive
  if (isReadable(directive)) return readAssignments(directive).map(({ name }) => name)
  if (/^(?:setenv|passenv|unsetenv)$/.test(key)) return words.map(({ text }) => text.toLowerCase())
  if (key !== 'rewriterule') return undefined
  const flags = words[2]?.text ?? ''
  const names = [...flags.matchAll(/(?:^\[|,)\s*(?:e|env)=!?([^:,\]]*)/gi)].map(([, name = '']) =>
    name.toLowerCase(),
  )
  if (names.length === 0) return undefined
  return names.some(name => /[%$]/.test(name)) ? 'any' : names
}
