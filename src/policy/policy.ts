// Rules to decisions. Pure: no Fastify, no disk, no clock. The gate and `photogate explain` run the same conditions;
// explain also asks each of them for its words.
import type { Identity } from '../ltpa/token.ts'
import type { CountingRule } from './budget.ts'
import type { ClientDoubt, Condition, CookieDoubt, Evidence, GuestPass } from './condition.ts'

/** Admits when all conditions match. */
export interface Rule extends CountingRule {
  readonly conditions: readonly Condition[]
}

export type Decision = Admission | Refusal

export interface Admission {
  readonly admitted: true
  /** The first rule that admits. */
  readonly rule: Rule
  /** The user, if the rule has an `ltpa` condition. */
  readonly identity: Identity | undefined
  /** The guest pass, if the rule has a `pass` condition. */
  readonly pass: GuestPass | undefined
}

export interface Refusal {
  readonly admitted: false
  readonly reason: ClientDoubt | CookieDoubt | 'person-unknown' | 'no-rule'
}

export interface Policy {
  readonly rules: readonly Rule[]
  /** Lower-case names of all cookies that a rule asks for. */
  readonly cookieNames: ReadonlySet<string>
  /** Lower-case beginnings of cookie names that a rule asks for; absent: rules ask for whole names only. */
  readonly cookiePrefixes?: readonly string[]
}

export interface ExplainedRule {
  readonly name: string
  readonly matched: boolean
  readonly conditions: readonly { kind: Condition['kind']; matched: boolean; detail: string }[]
}

/** Log lines use this in place of a rule's name. */
export const turnedAwayRule = 'turned-away'

/** Throws only what a condition throws; `refusalFor` then gives the reason. */
export function decide(policy: Policy, evidence: Evidence): Decision {
  for (const rule of policy.rules) {
    if (admits(rule, evidence)) {
      const identity = identifyBy(rule, evidence)
      return { admitted: true, rule, identity, pass: findPass(rule, evidence) }
    }
  }
  const { clientDoubt, cookieDoubt } = evidence
  const isPlain = clientDoubt === undefined || cookieDoubt !== undefined
  return isPlain && isUndecided(policy, evidence) ? personUnknown : refusalFor(evidence)
}

/** The reason why this evidence admits nobody, apart from the rules. */
export function refusalFor({ clientDoubt, cookieDoubt }: Evidence): Refusal {
  // The program's log also reports clients without an address; nothing else reports unread cookies.
  const doubt = cookieDoubt ?? clientDoubt
  return doubt === undefined ? noRule : { admitted: false, reason: doubt.reason }
}

const noRule: Refusal = { admitted: false, reason: 'no-rule' }
const personUnknown: Refusal = { admitted: false, reason: 'person-unknown' }

/** Whether a rule would admit if the photo were known to show nobody that the rule excludes. */
function isUndecided({ rules }: Policy, evidence: Evidence): boolean {
  return rules.some(
    ({ conditions }) =>
      conditions.some(({ isUndecided }) => isUndecided?.(evidence)) &&
      conditions.every(one => one.isUndecided?.(evidence) || one.matches(evidence)),
  )
}

/** Whether a rule has a condition of that kind. */
export function asksFor({ rules }: Pick<Policy, 'rules'>, kind: Condition['kind']): boolean {
  return rules.some(({ conditions }) => conditions.some(each => each.kind === kind))
}

/** Whether the rule excludes people, under each of their addresses. */
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

function findPass(rule: Rule, evidence: Evidence): GuestPass | undefined {
  for (const condition of rule.conditions) {
    if (condition.findPass !== undefined) return condition.findPass(evidence)
  }
  return undefined
}

/** When the rule stops to admit this request by itself, in milliseconds since the epoch; undefined: nothing of it expires. */
export function findExpiryMs({ conditions }: Rule, evidence: Evidence): number | undefined {
  let firstMs: number | undefined
  for (const condition of conditions) {
    const expiryMs = condition.expiryMs?.(evidence)
    if (expiryMs !== undefined) firstMs = Math.min(firstMs ?? expiryMs, expiryMs)
  }
  return firstMs
}

/** Every rule with every condition, in order, each with its words. */
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
