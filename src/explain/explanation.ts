// One request explained: what the gate would decide about it, by which rule, and what it would answer. Runs the gate's own
// code, from the headers on. Reads no option and prints nothing: `photogate explain` and the admin page both ask it.
import type { RequestFacts } from '../evidence/evidence.ts'
import { readEvidence } from '../evidence/evidence.ts'
import { addressOf, nameRefusal } from '../evidence/target.ts'
import type { Identity } from '../ltpa/token.ts'
import { ledgerEntryOf } from '../policy/budget.ts'
import type { Evidence } from '../policy/condition.ts'
import type { ExplainedRule } from '../policy/policy.ts'
import { decide, explain as explainRules } from '../policy/policy.ts'
import type { ExplainedAnswer } from './answer.ts'
import { explainAnswer } from './answer.ts'
import type { AskedPhoto } from './asked-photo.ts'
import type { ExplainedBudget } from './budget.ts'
import { explainBudget } from './budget.ts'
import type { ExplainedPass } from './pass.ts'
import { explainPass, explainPassPage } from './pass.ts'
import type { ExplainReaders } from './readers.ts'

/** The shape of `photogate explain --json`. Missing values are null. */
export interface Explanation {
  readonly admitted: boolean
  readonly rule: string | null
  readonly client: string | null
  /** The admitted identity, if the rule asked for an LTPA token. */
  readonly identity: Identity | null
  /** The admitted guest pass, if the rule asked for one. */
  readonly pass: ExplainedPass | null
  /** The rules up to the one that admits, or all when all were asked for. */
  readonly rules: readonly ExplainedRule[]
  /** Null: no rule admits, or the one that does has no budget. */
  readonly budget: ExplainedBudget | null
  readonly answer: ExplainedAnswer
}

/** The request in question: what of it is seen, and the photo that it asks for. */
export interface AskedRequest extends Omit<RequestFacts, 'photo' | 'url' | 'hasWaited'> {
  /** Undefined: no photo was named; then one is assumed to exist. */
  readonly asked: AskedPhoto | undefined
  /** People whom the client has asked for within the budget's window; null: nobody says. */
  readonly spent: number | null
  /** Also the rules behind the one that admits. */
  readonly hasAll: boolean
}

/** The explanation, and the evidence it was made from. */
export interface Explained {
  readonly explanation: Explanation
  readonly evidence: Evidence
}

export async function explainRequest(
  readers: ExplainReaders,
  request: AskedRequest,
): Promise<Explained> {
  const { asked, spent, hasAll, nowMs } = request
  const { settings, verifyPass } = readers
  const { evidence } = readEvidence(readers, factsOf(request))
  const decision = decide(settings.policy, evidence)
  const rules = explainRules(settings.policy, evidence)
  const hit = rules.findIndex(({ matched }) => matched)
  const entry = decision.admitted
    ? ledgerEntryOf(decision, { evidence, canaries: settings.canaries })
    : undefined
  const budget = explainBudget(entry, spent)
  const explanation: Explanation = {
    admitted: decision.admitted,
    rule: decision.admitted ? decision.rule.name : null,
    client: evidence.client?.text ?? null,
    identity: decision.admitted ? (decision.identity ?? null) : null,
    pass: decision.admitted && decision.pass ? explainPass(decision.pass) : null,
    rules: hasAll || hit < 0 ? rules : rules.slice(0, hit + 1),
    budget,
    answer:
      asked?.url !== undefined && asked.target.kind === 'pass' && verifyPass !== undefined
        ? explainPassPage(verifyPass, { url: asked.url, nowMs })
        : await explainAnswer(settings, {
            target: asked?.target,
            isOverBudget: budget?.isOver ?? false,
            refusal: decision.admitted ? undefined : nameRefusal(decision.reason, asked?.target),
            lookUp: readers.lookUp,
          }),
  }
  return { explanation, evidence }
}

// A question is asked once: its tokens are verified, whatever the client has forged before.
function factsOf({ asked, peer, proof, headers, nowMs }: AskedRequest): RequestFacts {
  const photo = asked && addressOf(asked.target)
  return { peer, proof, headers, nowMs, photo, url: asked?.url, hasWaited: true }
}
