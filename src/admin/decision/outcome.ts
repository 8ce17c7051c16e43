// Admitted, turned away, or neither: what the page counts requests by.
import type { AccessRecord } from '../../gate/access-record.ts'
import { turnedAwayRule } from '../../policy/policy.ts'

/** `unjudged`: no rule was asked, for example of a probe, of the built-in page, or of what is not HTTP. */
export type DecisionOutcome = 'admitted' | 'turned-away' | 'unjudged'

export function outcomeOf(rule: AccessRecord['rule']): DecisionOutcome {
  if (rule === null) return 'unjudged'
  return rule === turnedAwayRule ? 'turned-away' : 'admitted'
}
