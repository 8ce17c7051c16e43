// The conditions `link: signed` and `pass: signed` of rules, from the configuration's text, and their problems.
import type { Condition } from '../../policy/condition.ts'
import { linkCondition } from '../../policy/link-condition.ts'
import { passCondition } from '../../policy/pass-condition.ts'
import type { Findings } from '../document/findings.ts'
import { isRefused } from '../document/findings.ts'
import type { Keys } from '../document/yaml-nodes.ts'
import type { LinkSettings } from '../settings.ts'

interface SignedText {
  readonly link?: 'signed' | undefined
  readonly pass?: 'signed' | undefined
}

export interface LinkRulesInput {
  readonly allow: readonly (SignedText | undefined)[]
  readonly links: LinkSettings | undefined
  readonly findings: Findings
}

/** The conditions on signatures of the rule at that place of `allow`. */
export function buildSigned(
  input: LinkRulesInput,
  { link, pass }: SignedText,
  at: number,
): Condition[] {
  if (link !== undefined) refuseWithoutSecret(input, ['allow', at, 'link'])
  if (pass !== undefined) refuseWithoutSecret(input, ['allow', at, 'pass'])
  return [
    ...(link === undefined ? [] : [linkCondition()]),
    ...(pass === undefined ? [] : [passCondition()]),
  ]
}

function refuseWithoutSecret({ links, findings }: LinkRulesInput, keys: Keys): void {
  if (links !== undefined || isRefused(findings, ['links'])) return
  const message = 'needs a secret to verify with; add links: { secrets: [link.secret] }'
  findings.refuse(keys, message)
}

export function warnOfUnusedLinks({ allow, links, findings }: LinkRulesInput): void {
  if (links === undefined) return
  if (allow.some(rule => rule?.link !== undefined || rule?.pass !== undefined)) return
  findings.warn(['links'], 'is used by no rule; add one with link: signed or pass: signed')
}
