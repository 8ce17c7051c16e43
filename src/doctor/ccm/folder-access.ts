// Whether Apache lets a request into a folder, by Order, Deny, Allow, Satisfy and Require, when nothing is known of the
// client: answers are yes, no or not known. Of the environment only the named variables are set.
import type { Directive } from '../../convert/httpd/directive.ts'

/** Undefined: it depends on the client, or on something that is not read here. */
export type FolderAccess = boolean | undefined

/** Whether a variable is set. */
export type VariableLookup = (name: string) => FolderAccess

/** `sections`: the contents of each section that applies to the folder, in the order in which Apache merges them. */
export function accessOf(
  sections: readonly (readonly Directive[])[],
  environment: VariableLookup,
): FolderAccess {
  const hosts = sections.findLast(section => section.some(isOfHosts))
  const rules = sections.findLast(section => section.some(isOfRules))
  const satisfy = sections.flat().findLast(({ key }) => key === 'satisfy')
  const byHost = hosts && hostAccess(hosts, environment)
  const byRule = rules && anyOf(rules.filter(isOfRules).map(each => ruleAccess(each, environment)))
  // Where nothing says anything, everybody is let in.
  if (hosts === undefined) return rules === undefined ? true : byRule
  if (rules === undefined) return byHost
  const isAny = satisfy?.words[0]?.text.toLowerCase() === 'any'
  return isAny ? anyOf([byHost, byRule]) : allOf([byHost, byRule])
}

export function isOfHosts({ key }: Directive): boolean {
  return key === 'allow' || key === 'deny' || key === 'order'
}

export function isOfRules({ key }: Directive): boolean {
  return key === 'require' || key === 'requireall' || key === 'requireany' || key === 'requirenone'
}

/** `deny,allow` without an Order line. Undefined: not an order that Apache knows. */
export function orderOf(section: readonly Directive[]): 'deny,allow' | 'allow,deny' | undefined {
  const order = section.findLast(({ key }) => key === 'order')
  if (order === undefined) return 'deny,allow'
  const text = order.words.map(word => word.text.toLowerCase()).join(' ')
  if (text === 'deny,allow') return text
  return text === 'allow,deny' || text === 'mutual-failure' ? 'allow,deny' : undefined
}

function hostAccess(section: readonly Directive[], environment: VariableLookup): FolderAccess {
  const matches = (name: string) =>
    anyOf(
      section
        .filter(({ key }) => key === name)
        .flatMap(({ words }) => words.slice(1).map(({ text }) => itemAccess(text, environment))),
    )
  const [allowed, denied] = [matches('allow'), matches('deny')]
  const order = orderOf(section)
  if (order === undefined) return undefined
  return order === 'allow,deny' ? allOf([allowed, not(denied)]) : anyOf([not(denied), allowed])
}

function itemAccess(text: string, environment: VariableLookup): FolderAccess {
  if (text.toLowerCase() === 'all') return true
  const [, negation, name] = /^env=(!?)(.+)$/i.exec(text) ?? []
  if (name === undefined) return undefined
  return negation === '!' ? not(environment(name)) : environment(name)
}

function ruleAccess(rule: Directive, environment: VariableLookup): FolderAccess {
  const inner = () =>
    (rule.children ?? []).filter(isOfRules).map(each => ruleAccess(each, environment))
  if (rule.key === 'requireall') return allOf(inner())
  if (rule.key === 'requireany') return anyOf(inner())
  if (rule.key === 'requirenone') return not(anyOf(inner()))
  const words = rule.words.map(({ text }) => text)
  if (words[0]?.toLowerCase() === 'not') return not(providerAccess(words.slice(1), environment))
  return providerAccess(words, environment)
}

function providerAccess(
  [provider = '', ...values]: readonly string[],
  environment: VariableLookup,
) {
  if (provider.toLowerCase() === 'all') return values[0]?.toLowerCase() === 'granted'
  return provider.toLowerCase() === 'env' ? anyOf(values.map(environment)) : undefined
}

function not(access: FolderAccess): FolderAccess {
  return access === undefined ? undefined : !access
}

function anyOf(all: readonly FolderAccess[]): FolderAccess {
  if (all.includes(true)) return true
  return all.includes(undefined) ? undefined : false
}

function allOf(all: readonly FolderAccess[]): FolderAccess {
  if (all.includes(false)) return false
  return all.includes(undefined) ? undefined : true
}
