// What the rules said of a request, as they were asked: in order, up to the one that admits, and each rule's conditions
// up to the first that does not hold. Asks nothing that the decision did not ask, so no token is verified for it.
import type { Condition, Evidence } from '../../policy/condition.ts'
import type { Policy } from '../../policy/policy.ts'

export interface AskedRule {
  readonly name: string
  readonly matched: boolean
  readonly conditions: readonly AskedCondition[]
}

export interface AskedCondition {
  readonly kind: Condition['kind']
  /** Null: it was not asked, because one before it did not hold. */
  readonly matched: boolean | null
  /** In words; null when it was not asked. Never a cookie's value. */
  readonly detail: string | null
}

/** `maxRules`: the rules behind it are left out. */
export function explainAsked(
  { rules }: Policy,
  evidence: Evidence,
  maxRules = Infinity,
): AskedRule[] {
  const asked: AskedRule[] = []
  for (const { name, conditions } of rules) {
    if (asked.length >= maxRules) break
    const rule = { name, ...askInOrder(conditions, evidence) }
    asked.push(rule)
    if (rule.matched) break
  }
  return asked
}

function askInOrder(all: readonly Condition[], evidence: Evidence) {
  let isOpen = true
  const conditions = all.map((condition): AskedCondition => {
    const { kind } = condition
    if (!isOpen) return { kind, matched: null, detail: null }
    const matched = condition.matches(evidence)
    isOpen = matched
    return { kind, matched, detail: condition.describe(evidence) }
  })
  return { matched: isOpen && all.length > 0, conditions }
}
