// Rules to decisions. Pure: no Fastify, no disk, no clock. The gate and `photogate explain` run the
// same conditions; explain only asks each of them for its words as well.
import type { Identity, Verdict } from '../ltpa/token.ts'
import type { Cookie, CookiePattern } from './cookie-condition.ts'
import { hasValue, matchesCookie, namesCookie } from './cookie-condition.ts'
import type { NetworkAddress } from './network-address.ts'
import type { NetworkSet } from './network-set.ts'
import type { AliasesOf } from './photo-condition.ts'

/** Why there is no client address. */
export type ClientDoubt = 'peer-unknown' | 'client-header-missing' | 'client-header-unparsable'

/** Why some or all cookies that rules ask for were not read. */
export type CookieDoubt = 'cookies-too-long' | 'cookies-too-many'

export interface Doubt<Reason extends string> {
  readonly reason: Reason
  /** For an administrator. */
  readonly text: string
}

/** What is known of one request. Whatever is doubtful is undefined, and undefined matches nothing. */
export interface Evidence {
  /** The peer, or the client after trusted proxies. */
  readonly client: NetworkAddress | undefined
  /** Why `client` is undefined. */
  readonly clientDoubt?: Doubt<ClientDoubt>
  readonly cookies: readonly Cookie[]
  /** Why not all cookies that rules ask for are in `cookies`. */
  readonly cookieDoubt?: Doubt<CookieDoubt>
  /** The mail address of the photo asked for, canonical; undefined when the request names none. */
  readonly photo: string | undefined
  /** Tells under which other addresses the photo's person has one; undefined: nobody has looked. */
  readonly aliasesOf?: AliasesOf | undefined
  /** What became of the LTPA tokens among the cookies; undefined: there are no keys to ask. */
  readonly tokens?: Tokens | undefined
}

/** The dearest evidence: tokens are verified when a rule first asks, and not at all if none does. */
export interface Tokens {
  verdicts(): readonly TokenVerdict[]
}

export interface TokenVerdict {
  /** As configured, in lower case. */
  readonly cookie: string
  readonly verdict: Verdict
}

export interface Condition {
  readonly kind: 'from' | 'cookie' | 'ltpa' | 'photos'
  matches(evidence: Evidence): boolean
  /** Why it matched or not, in words. Never contains a cookie's value. */
  describe(evidence: Evidence): string
  /** Of `photos`: it keeps people out, under whatever address. */
  readonly excludesPeople?: boolean
  /** Whether it does not match for the sole reason that nobody knows now whose else the photo is. */
  isUndecided?(evidence: Evidence): boolean
  /** Who the client is, by the token that made the condition match. */
  identify?(evidence: Evidence): Identity | undefined
  /** What it asks for, for those who write it down in another language. */
  readonly networks?: NetworkSet
  readonly cookies?: readonly CookiePattern[]
  /** Of `ltpa`: whoever it is. */
  readonly isAnyIdentity?: boolean
  /** The name of the network that holds the client, as the rule has it. */
  locate?(client: NetworkAddress): string | undefined
}

/** Admits when all conditions match. */
export interface Rule {
  readonly name: string
  readonly conditions: readonly Condition[]
}

export type Decision = Admission | Refusal

export interface Admission {
  readonly admitted: true
  /** The first rule that admits. */
  readonly rule: Rule
  /** Who was admitted, if the rule asked for that. */
  readonly identity: Identity | undefined
}

export interface Refusal {
  readonly admitted: false
  readonly reason: ClientDoubt | CookieDoubt | 'person-unknown' | 'no-rule'
}

export interface Policy {
  readonly rules: readonly Rule[]
  /** Lower-case names of all cookies that any rule looks at. */
  readonly cookieNames: ReadonlySet<string>
  /** How names begin that any rule looks at, in lower case; absent: only whole names are looked at. */
  readonly cookiePrefixes?: readonly string[]
}

export interface ExplainedRule {
  readonly name: string
  readonly matched: boolean
  readonly conditions: readonly { kind: Condition['kind']; matched: boolean; detail: string }[]
}

/** A named network of a `from` list, kept apart from the others so that explain can name it. */
export interface NamedNetworks {
  readonly name: string
  readonly set: NetworkSet
}

/** Log lines use this in place of a rule's name. */
export const turnedAwayRule = 'turned-away'

/** Throws only what a condition throws; then `refusalFor` has the reason. */
export function decide(policy: Policy, evidence: Evidence): Decision {
  for (const rule of policy.rules) {
    if (admits(rule, evidence)) {
      return { admitted: true, rule, identity: identifyBy(rule, evidence) }
    }
  }
  const { clientDoubt, cookieDoubt } = evidence
  const isPlain = clientDoubt === undefined || cookieDoubt !== undefined
  return isPlain && isUndecided(policy, evidence) ? personUnknown : refusalFor(evidence)
}

/** Why nobody is admitted by this evidence, whatever the rules are. */
export function refusalFor({ clientDoubt, cookieDoubt }: Evidence): Refusal {
  // The program's log tells of clients without an address too; nothing else tells of unread cookies.
  const doubt = cookieDoubt ?? clientDoubt
  return doubt === undefined ? noRule : { admitted: false, reason: doubt.reason }
}

const noRule: Refusal = { admitted: false, reason: 'no-rule' }
const personUnknown: Refusal = { admitted: false, reason: 'person-unknown' }

/** Whether a rule would admit if it were known that the photo is not one of a person whom the rule excludes. */
function isUndecided({ rules }: Policy, evidence: Evidence): boolean {
  return rules.some(
    ({ conditions }) =>
      conditions.some(({ isUndecided }) => isUndecided?.(evidence)) &&
      conditions.every(one => one.isUndecided?.(evidence) || one.matches(evidence)),
  )
}

/** Whether the rule keeps people out, whatever address of theirs is asked for. */
export function excludesPeople({ conditions }: Rule): boolean {
  for (const condition of conditions) if (condition.excludesPeople) return true
  return false
}

function identifyBy(rule: Rule, evidence: Evidence): Identity | undefined {
  for (const condition of rule.conditions) {
    if (condition.identify !== undefined) return condition.identify(evidence)
  }
  return undefined
}

/** Every rule with every condition, in order, and the words to each. */
export function explain(policy: Policy, evidence: Evidence): ExplainedRule[] {
  return policy.rules.map(rule => ({
    name: rule.name,
    matched: admits(rule, evidence),
    conditions: rule.conditions.map(condition => ({
      kind: condition.kind,
      matched: condition.matches(evidence),
      detail: condition.describe(evidence),
    })),
  }))
}

function admits(rule: Rule, evidence: Evidence): boolean {
  // A rule without conditions would admit everybody; the configuration refuses it, and so does this.
  if (rule.conditions.length === 0) return false
  for (const condition of rule.conditions) {
    if (!condition.matches(evidence)) return false
  }
  return true
}

/** The client is in `all`, which holds the networks of every entry of `named`. */
export function fromCondition(all: NetworkSet, named: readonly NamedNetworks[]): Condition {
  const locate = (client: NetworkAddress) => named.find(({ set }) => set.has(client))?.name
  return {
    kind: 'from',
    networks: all,
    locate,
    matches: ({ client }) => client !== undefined && all.has(client),
    describe: ({ client, clientDoubt }) => {
      if (client === undefined) return `no client address: ${clientDoubt?.text ?? 'none was given'}`
      const network = locate(client)
      return network !== undefined
        ? `client ${client.text} is in ${network}`
        : `client ${client.text} is not in ${named.map(({ name }) => name).join(', ')}`
    },
  }
}

/** Any cookie satisfies any of the patterns. */
export function cookieCondition(patterns: readonly CookiePattern[]): Condition {
  const wanted = patterns.map(({ text }) => text).join(' or ')
  return {
    kind: 'cookie',
    cookies: patterns,
    matches: ({ cookies }) => {
      for (const cookie of cookies) {
        for (const pattern of patterns) if (matchesCookie(pattern, cookie)) return true
      }
      return false
    },
    describe: ({ cookies, cookieDoubt }) => {
      if (cookieDoubt !== undefined) return cookieDoubt.text
      const matching = patterns.find(pattern => cookies.some(c => matchesCookie(pattern, c)))
      if (matching) return `cookie ${matching.text} was sent`
      const near = patterns.find(each => cookies.some(({ name }) => namesCookie(each, name)))
      if (!near) return `no cookie ${wanted} was sent`
      const empty = cookies.every(each => !namesCookie(near, each.name) || !hasValue(each))
      return empty
        ? `cookie ${near.text.split('=')[0]} was sent, but is empty`
        : `cookie ${near.text.split('=')[0]} was sent, but its value is not ${wanted}`
    },
  }
}
