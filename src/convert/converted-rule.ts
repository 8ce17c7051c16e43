// The rules that an access expression comes to: one for each of the alternatives of its disjunctive normal form.
// What rules cannot say is left out so that fewer requests are admitted, and listed.

import type { Access } from './access-expression.ts'
import type { CookieCondition } from './cookie-regex.ts'
import type { Place } from './httpd/directive.ts'
import type { NetworkCondition } from './network-regex.ts'
import type { AddressSpace } from './regex/address-diagram.ts'

/** Something in httpd.conf that the new configuration does not say. */
export interface Leftover extends Place {
  readonly message: string
}

/** Admits a request that satisfies all of its conditions. */
export interface ConvertedRule {
  /** The lines of httpd.conf that it comes from. */
  readonly places: readonly Place[]
  readonly name: string
  /** Undefined: from anywhere. */
  readonly network: NetworkCondition | undefined
  readonly cookie: CookieCondition | undefined
  /** Other conditions of httpd.conf that ask for the same cookie in other words. */
  readonly alike: readonly CookieCondition[]
}

interface RuleContext {
  readonly space: AddressSpace
  readonly addLeftover: (leftover: Leftover) => void
}

/** Conditions that must all hold. */
interface Term {
  readonly networks: readonly NetworkCondition[]
  readonly cookies: readonly CookieCondition[]
}

const emptyTerm: Term = { networks: [], cookies: [] }
const maxTerms = 100_000

export class TooManyRulesError extends Error {}

/**
 * The rules that together admit what the expression admits.
 * @throws TooManyRulesError
 */
export function toRules(
  access: Access,
  space: AddressSpace,
  addLeftover: (leftover: Leftover) => void,
): ConvertedRule[] {
  const context = { space, addLeftover }
  const rules: ConvertedRule[] = []
  const seen = new Set<string>()
  for (const term of termsOf(access, false, context)) {
    const rule = toRule(term, context)
    if (rule === undefined) continue
    const { network, cookie } = rule
    const key = `${network?.set.id} ${network?.set6.id} ${cookie?.patterns.join()}`
    if (!seen.has(key)) rules.push(rule)
    seen.add(key)
  }
  return rules
}

function termsOf(access: Access, isNegated: boolean, context: RuleContext): Term[] {
  switch (access.kind) {
    case 'always':
    case 'never':
      return (access.kind === 'always') !== isNegated ? [emptyTerm] : []
    case 'unknown':
      return []
    case 'from':
      return isNegated
        ? termsOutside(access.network, context)
        : [{ networks: [access.network], cookies: [] }]
    case 'cookie':
      return isNegated
        ? termsWithout(access.cookie, context)
        : [{ networks: [], cookies: [access.cookie] }]
    case 'not':
      return termsOf(access.of, !isNegated, context)
    default: {
      const parts = access.of.map(part => termsOf(part, isNegated, context))
      return (access.kind === 'and') === isNegated
        ? bounded(parts.flat())
        : parts.reduce(productOf, [emptyTerm])
    }
  }
}

function termsOutside(network: NetworkCondition, context: RuleContext): Term[] {
  if (network.source === 'peer') {
    return [{ networks: [complementOf(network, context)], cookies: [] }]
  }
  context.addLeftover({
    ...network.place,
    message: `admits requests whose header does not say ${network.text}, or that have no such header; a rule cannot, so they are turned away`,
  })
  return []
}

function termsWithout(cookie: CookieCondition, { addLeftover }: RuleContext): Term[] {
  addLeftover({
    ...cookie.place,
    message: `admits clients that do not send ${cookie.patterns.join(' or ')}; a rule can only ask for a cookie, so they are turned away`,
  })
  return []
}

function complementOf(
  network: NetworkCondition,
  { space, addLeftover }: RuleContext,
): NetworkCondition {
  const { matched6, text } = network
  if (matched6 === undefined) {
    addLeftover({
      ...network.place,
      message: `admits all addresses but ${text}, which is too many blocks of IPv6; the rule admits no IPv6 client`,
    })
  }
  const rest6 = matched6 && space.complement(matched6)
  return {
    ...network,
    name: `not-${network.name}`,
    text: `all but ${text}`,
    set: space.complement(network.set),
    set6: rest6 ?? space.none,
    matched6: rest6,
    // Addresses that the line matches by accident are turned away, as before.
    accidents: [],
  }
}

function toRule({ networks, cookies }: Term, context: RuleContext): ConvertedRule | undefined {
  const { space, addLeftover } = context
  const [cookie, ...more] = [...new Set(cookies)]
  const other = more.find(({ patterns }) => patterns.join() !== cookie?.patterns.join())
  const [first, ...rest] = [...new Set(networks)]
  const network = first && rest.reduce((a, b) => intersect(a, b, space), first)
  const places = [...networks, ...cookies].map(({ place }) => place)
  if (cookie !== undefined && other !== undefined) {
    addLeftover({
      ...other.place,
      message: `asks for ${cookie.patterns.join(' or ')} and ${other.patterns.join(' or ')} together; a rule can ask for one of several cookies, not for two at once, so these clients are turned away`,
    })
    return undefined
  }
  if (network?.set === space.none && network.set6 === space.none) return undefined
  const names = [network?.name, cookie?.name].filter(name => name !== undefined)
  return { places, name: names.join('-and-') || 'everybody', network, cookie, alike: more }
}

function intersect(
  a: NetworkCondition,
  b: NetworkCondition,
  space: AddressSpace,
): NetworkCondition {
  const isKnown6 = a.matched6 !== undefined && b.matched6 !== undefined
  return {
    ...a,
    name: `${a.name}-and-${b.name}`,
    source: a.source === 'header' ? a.source : b.source,
    text: `${a.text} and ${b.text}`,
    set: space.intersection(a.set, b.set),
    set6: space.intersection(a.set6, b.set6),
    matched6: isKnown6 ? space.intersection(a.matched6, b.matched6) : undefined,
    accidents: [...a.accidents, ...b.accidents].filter(({ kind }) => kind === 'ipv6'),
  }
}

function productOf(some: readonly Term[], others: readonly Term[]): Term[] {
  const terms: Term[] = []
  for (const a of some) {
    for (const b of others) {
      terms.push({
        networks: [...a.networks, ...b.networks],
        cookies: [...a.cookies, ...b.cookies],
      })
      bounded(terms)
    }
  }
  return terms
}

function bounded(terms: Term[]): Term[] {
  if (terms.length > maxTerms)
    throw new TooManyRulesError(`comes to more than ${maxTerms.toLocaleString('en')} rules`)
  return terms
}
