// What the rules said, one by one, for a decision and for "what if".
import type { VNode } from 'preact'
import type { AskedRule } from '../decision/asked-rules.ts'
import { html } from './html.ts'

interface AskedRulesProps {
  readonly rules: readonly AskedRule[]
  /** Rules behind the one that admits. */
  readonly unasked?: readonly string[]
}

export function AskedRules({ rules, unasked = [] }: AskedRulesProps): VNode {
  return html`<ol class="rules">
    ${rules.map(
      ({ name, matched, conditions }) => html`<li key=${name} class=${matched ? 'hit' : 'miss'}>
        <strong>${name}</strong> <span class="verdict">${matched ? 'admits' : 'does not admit'}</span>
        <ul>
          ${conditions.map(
            (
              { kind, matched, detail },
              at,
            ) => html`<li key=${at} class=${matched === null ? 'unasked' : matched ? 'holds' : 'fails'}>
              <code>${kind}</code> ${detail ?? 'not asked, because a condition before it does not hold'}
            </li>`,
          )}
        </ul>
      </li>`,
    )}
    ${unasked.map(name => html`<li key=${name} class="unasked"><strong>${name}</strong> <span class="verdict">not asked: a rule before it admits</span></li>`)}
  </ol>`
}
