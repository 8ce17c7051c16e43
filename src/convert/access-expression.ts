// What a block of httpd.conf asks of a request, as an expression, and the same as rules that each admit. What
// cannot be said in rules is left out so that less is admitted, and listed.

import type { CookieCondition } from './cookie-regex.ts'
import type { Place } from './httpd/directive.ts'
import type { NetworkCondition } from './network-regex.ts'
import type { AddressSpace } from './regex/address-diagram.ts'

export type Access =
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'from'; readonly network: NetworkCondition }
  | { readonly kind: 'cookie'; readonly cookie: CookieCondition }
  /** Listed where it was found; taken for not so, whatever stands around it. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not'; readonly of: Access }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Access[] }

export const always: Access = { kind: 'always' }
export const never: Access = { kind: 'never' }
export const unknown: Access = { kind: 'unknown' }
export const not = (of: Access): Access => ({ kind: 'not', of })
export const and = (...of: Access[]): Access => ({ kind: 'and', of: flat('and', of) })
export const or = (...of: Access[]): Access => ({ kind: 'or', of: flat('or', of) })

// Thousands of rules, one for each address, are no reason to be thousands deep.
function flat(kind: 'and' | 'or', of: readonly Access[]): Access[] {
  return of.flatMap(each => (each.kind === kind ? each.of : [each]))
}

/** Something of the old block that the new configuration does not say. */
export interface Leftover extends Place {
  readonly message: string
}

/** Admits who satisfies all of it. */
export interface ConvertedRule {
  /** Where the block said so. */
  readonly places: readonly Place[]
  readonly name: string
  /** Undefined: from anywhere. */
  readonly network: NetworkCondition | undefined
  readonly cookie: CookieCondition | undefined
  /** Other conditions that come to the same cookie, each in words of its own. */
  readonly alike: readonly CookieCondition[]
}

interface Term {
  readonly networks: readonly NetworkCondition[]
  readonly cookies: readonly CookieCondition[]
}

const maxTerms = 100_000

export class TooManyRulesError extends Error {}

/**
 * The rules that together admit what the expression does.
 * @throws TooManyRulesError
 */
export function toRules(
  access: Access,
  space: AddressSpace,
  addLeftover: (leftover: Leftover) => void,
): ConvertedRule[] {
  const rules: ConvertedRule[] = []
  const seen = new Set<string>()
  for (const term of termsOf(access, false)) {
    const rule = toRule(term)
    if (rule === undefined) continue
    const { network, cookie } = rule
    const key = `${network?.set.id} ${network?.set6.id} ${cookie?.patterns.join()}`
    if (!seen.has(key)) rules.push(rule)
    seen.add(key)
  }
  return rules

  function termsOf(each: Access, isNegated: boolean): Term[] {
    switch (each.kind) {
      case 'always':
      case 'never':
        return (each.kind === 'always') !== isNegated ? [{ networks: [], cookies: [] }] : []
      case 'unknown':
        return []
      case 'from':
        if (!isNegated) return [{ networks: [each.network], cookies: [] }]
        if (each.network.source === 'peer') {
          return [{ networks: [complementOf(each.network)], cookies: [] }]
        }
        addLeftover({
          ...each.network.place,
          message: `admits those whose header does not say ${each.network.text}, and who sends none; a rule cannot, so they are turned away`,
        })
        return []
      case 'cookie':
        if (!isNegated) return [{ networks: [], cookies: [each.cookie] }]
        addLeftover({
          ...each.cookie.place,
          message: `admits those who do not send ${each.cookie.patterns.join(' or ')}; a rule can only ask for a cookie, so they are turned away`,
        })
        return []
      case 'not':
        return termsOf(each.of, !isNegated)
      default:
        return (each.kind === 'and') === isNegated
          ? bounded(each.of.flatMap(part => termsOf(part, isNegated)))
          : each.of
              .map(part => termsOf(part, isNegated))
              .reduce(productOf, [{ networks: [], cookies: [] }])
    }
  }

  function complementOf(network: NetworkCondition): NetworkCondition {
    const { matched6, text } = network
    if (matched6 === undefined) {
      addLeftover({
        ...network.place,
        message: `admits all but ${text}, which is too many blocks of IPv6; no IPv6 client is admitted by it`,
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
      // What the line matches for no good reason is turned away, as before.
      accidents: [],
    }
  }

  function toRule({ networks, cookies }: Term): ConvertedRule | undefined {
    const [cookie, ...more] = [...new Set(cookies)]
    const other = more.find(({ patterns }) => patterns.join() !== cookie?.patterns.join())
    const [first, ...rest] = [...new Set(networks)]
    const network = first && rest.reduce((a, b) => intersect(a, b), first)
    const places = [...networks, ...cookies].map(({ place }) => place)
    if (cookie !== undefined && other !== undefined) {
      addLeftover({
        ...other.place,
        message: `asks for ${cookie.patterns.join(' or ')} and ${other.patterns.join(' or ')} together; a rule can ask for one of several cookies, not for two at once, so they are turned away`,
      })
      return undefined
    }
    if (network?.set === space.none && network.set6 === space.none) return
    const names = [network?.name, cookie?.name].filter(name => name !== undefined)
    return { places, name: names.join('-and-') || 'everybody', network, cookie, alike: more }
  }

  function intersect(a: NetworkCondition, b: NetworkCondition): NetworkCondition {
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
