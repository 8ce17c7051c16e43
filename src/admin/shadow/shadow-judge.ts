// Judges requests by the next configuration, without effect: after their answers, on the evidence that it would have
// read. Never asks the ledger, so no budget is spent; a budget's end is not foreseen.
import { readEvidence } from '../../evidence/evidence.ts'
import type { AccessRecord, Judged } from '../../gate/access-record.ts'
import type { GateState } from '../../gate/state.ts'
import { buildGateState } from '../../gate/state.ts'
import type { Decision } from '../../policy/policy.ts'
import { decide } from '../../policy/policy.ts'
import { outcomeOf } from '../decision/outcome.ts'

/** `other-rule`: it is admitted by both, by rules of different names. */
export type ShadowChange = 'same' | 'newly-admitted' | 'newly-turned-away' | 'other-rule'

export interface ShadowVerdict {
  readonly change: ShadowChange
  /** The rule that would admit; null: none would. */
  readonly rule: string | null
  /** Why it would be turned away; null: it would be admitted. */
  readonly reason: string | null
}

/** Undefined: no rule was asked about the request, so there is nothing to compare. */
export type ShadowJudge = (
  record: AccessRecord,
  judged: Judged | undefined,
) => ShadowVerdict | undefined

/** `live`: what is served now. Undefined when there is no next configuration that can be used. */
export function buildShadowJudge(live: GateState): ShadowJudge | undefined {
  const next = live.settings.shadow?.settings
  if (next === undefined) return undefined
  // The photos and whose they are stay those that are served: the other folder, if any, is not watched.
  const state = buildGateState(next, live)
  return (record, judged) => {
    const outcome = outcomeOf(record.rule)
    if (judged?.facts === undefined || outcome === 'unjudged') return undefined
    const { evidence } = readEvidence(state, judged.facts)
    const decision = decide(next.policy, evidence)
    return {
      change: changeOf(outcome === 'admitted' ? record.rule : null, decision),
      rule: decision.admitted ? decision.rule.name : null,
      reason: decision.admitted ? null : decision.reason,
    }
  }
}

function changeOf(rule: string | null, decision: Decision): ShadowChange {
  if (rule === null) return decision.admitted ? 'newly-admitted' : 'same'
  if (!decision.admitted) return 'newly-turned-away'
  return decision.rule.name === rule ? 'same' : 'other-rule'
}
