// The condition of a rule on LTPA tokens: one of them is verified, and may have to name a certain user.

import { describeRefusal } from '../ltpa/refusal-text.ts'
import type { Identity, TokenRefusal } from '../ltpa/token.ts'
import { printable } from '../text/printable.ts'
import type { Condition, Evidence, TokenVerdict } from './condition.ts'
import type { IdentityPattern } from './identity-pattern.ts'
import { matchesIdentity } from './identity-pattern.ts'

/** Matches when a verified token names a user that the pattern admits. */
export function ltpaCondition(pattern: IdentityPattern): Condition {
  const identify = ({ tokens }: Evidence) => {
    if (tokens === undefined) return undefined
    for (const { verdict } of tokens.verdicts()) {
      if (verdict.valid && matchesIdentity(pattern, verdict.identity)) return verdict.identity
    }
    return undefined
  }
  return {
    kind: 'ltpa',
    isAnyIdentity: pattern.text === '',
    identify,
    matches: evidence => identify(evidence) !== undefined,
    describe: evidence => {
      const identity = identify(evidence)
      if (identity !== undefined) return `${describeIdentity(identity)} is verified`
      const verdicts = evidence.tokens?.verdicts() ?? []
      if (verdicts.length === 0) return evidence.cookieDoubt?.text ?? 'no LTPA token was sent'
      return verdicts.map(each => describeVerdict(each, pattern)).join('; ')
    },
  }
}

function describeVerdict({ cookie, verdict }: TokenVerdict, pattern: IdentityPattern): string {
  return verdict.valid
    ? `${describeIdentity(verdict.identity)} is verified, but not of ${pattern.text}`
    : `cookie ${cookie} was refused: ${explainRefusal(verdict)}`
}

function describeIdentity({ format, realm, user, keyId }: Identity): string {
  return `${printable(user)}${realm === undefined ? '' : ` of realm ${printable(realm)}`} (${format}, key ${keyId})`
}

// The reason in words, and the user of an authentic token.
function explainRefusal(refusal: TokenRefusal): string {
  const { identity } = refusal
  const whose = identity === undefined ? '' : `; it is ${describeIdentity(identity)}`
  return `${describeRefusal(refusal)}${whose}`
}
