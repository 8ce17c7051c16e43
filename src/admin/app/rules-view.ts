// The rules in their order, with how often each admitted. A rule that never did is marked.
import type { VNode } from 'preact'
import type { RuleRow, RulesAnswer } from '../page/answers.ts'
import { ReloadButton } from './actions.ts'
import { useAnswer } from './api.ts'
import { dayText, numberText } from './format.ts'
import { html } from './html.ts'
import type { Live } from './live.ts'
import { showLoaded } from './parts.ts'
import { linkTo } from './route.ts'
import { ShadowPanel } from './shadow-panel.ts'

export function RulesView({ live }: { readonly live: Live }): VNode {
  const loaded = useAnswer<RulesAnswer>('/api/rules', live.version)
  return html`<h1>Rules</h1>${showLoaded(loaded, show)}<${ReloadButton} /><${ShadowPanel} live=${live} />`
}

function show({ rules, otherwise, startedMs }: RulesAnswer): VNode {
  return html`
    <p class="quiet">They are asked in this order, and the first that holds admits. This gate started ${dayText(startedMs)}.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Rules and their hits">
    <table>
      <thead><tr><th scope="col">Rule</th><th scope="col">Asks for</th><th scope="col">Budget</th>
        <th scope="col" class="number">Hour</th><th scope="col" class="number">Day</th><th scope="col" class="number">31 days</th></tr></thead>
      <tbody>${rules.map(rule => html`<${Rule} key=${rule.name} rule=${rule} />`)}
        <tr><th scope="row">otherwise</th><td colspan="5">everybody else gets ${otherwise}</td></tr>
      </tbody>
    </table>
    </div>
  `
}

function Rule({ rule }: { readonly rule: RuleRow }): VNode {
  const { name, kinds, budget, hits } = rule
  const mark = hits.month === 0 ? html` <span class="badge never">never hit</span>` : null
  const limit =
    budget === null
      ? ''
      : `${numberText(budget.people)} people in ${numberText(budget.perSeconds)} s`
  return html`<tr>
    <th scope="row"><a href=${linkTo('decisions', { rule: name })}>${name}</a>${mark}</th>
    <td>${kinds.join(', ')}</td><td>${limit}</td>
    <td class="number">${numberText(hits.hour)}</td><td class="number">${numberText(hits.day)}</td><td class="number">${numberText(hits.month)}</td>
  </tr>`
}
