// The condition `link: signed` of rules, from the configuration's text, and its problems.
import type { Condition } from '../../policy/condition.ts'
import { linkCondition } from '../../policy/link-condition.ts'
import type { Findings } from '../document/findings.ts'
import { isRefused } from '../document/findings.ts'
import type { LinkSettings } from '../settings.ts'

export interface LinkRulesInput {
  readonly allow: readonly ({ readonly link?: 'signed' | undefined } | undefined)[]
  readonly links: LinkSettings | undefined
  readonly findings: Findings
}

/** The condition of the rule at that place of `allow`. */
export function buildLink({ links, findings }: LinkRulesInput, at: number): Condition {
  if (links === undefined && !isRefused(findings, ['links'])) {
    const message = 'needs a secret to verify with; add links: { secrets: [link.secret] }'
    findings.refuse(['allow', at, 'link'], message)
  }
  return linkCondition()
}

export function warnOfUnusedLinks({ allow, links, findings }: LinkRulesInput): void {
  if (links === undefined || allow.some(rule => rule?.link !== undefined)) return
  findings.warn(['links'], 'is used by no rule; add one with link: signed')
}
