// What the next configuration would change, by rule, with examples.
import type { VNode } from 'preact'
import type { ShadowAnswer } from '../page/answers.ts'
import type { ShadowCount, ShadowExample, ShadowFacts } from '../shadow/shadow-report.ts'
import { useAnswer } from './api.ts'
import { dayText, numberText } from './format.ts'
import { html } from './html.ts'
import type { Live } from './live.ts'
import { linkTo } from './route.ts'

export function ShadowPanel({ live }: { readonly live: Live }): VNode | null {
  const loaded = useAnswer<ShadowAnswer>('/api/shadow', live.version)
  if (loaded.state !== 'loaded' || loaded.answer.file === null) return null
  const { file, problems, facts } = loaded.answer
  return html`<section class="panel shadow">
    <h2>The next configuration</h2>
    <p class="quiet">${file} judges along, without effect.</p>
    ${problems.length === 0 ? null : html`<p class="problem">It has problems, so nothing is judged by it:</p><ul>${problems.map(problem => html`<li key=${problem}>${problem}</li>`)}</ul>`}
    ${facts === null ? null : showFacts(facts)}
  </section>`
}

function showFacts({ sinceMs, judged, counts, examples, faults }: ShadowFacts): VNode {
  const changed = counts.reduce((sum, { count }) => sum + count, 0)
  return html`
    <p role="status">Since ${dayText(sinceMs)}, ${numberText(judged)} requests were judged by both, and ${numberText(changed)} would change.</p>
    ${faults === 0 ? null : html`<p class="problem">${numberText(faults)} requests could not be judged, because of a fault of the program.</p>`}
    ${
      counts.length === 0
        ? null
        : html`
      <div class="scroll" tabindex="0" role="region" aria-label="What would change">
      <table>
        <thead><tr><th scope="col">Change</th><th scope="col">Now</th><th scope="col">Next</th><th scope="col" class="number">Requests</th></tr></thead>
        <tbody>${counts.map((row, at) => html`<${Change} key=${at} row=${row} />`)}</tbody>
      </table></div>
      <h3>Examples</h3>
      <ul class="examples">${examples.map((example, at) => html`<${Example} key=${at} example=${example} />`)}</ul>`
    }
  `
}

const changes: Record<string, string> = {
  'newly-admitted': 'newly admitted',
  'newly-turned-away': 'newly turned away',
  'other-rule': 'admitted by another rule',
}

function Change({ row }: { readonly row: ShadowCount }): VNode {
  const { change, rule, nextRule, count } = row
  return html`<tr>
    <th scope="row"><span class=${`badge ${change}`}>${changes[change]}</span></th>
    <td>${rule ?? 'turned away'}</td><td>${nextRule ?? 'turned away'}</td><td class="number">${numberText(count)}</td>
  </tr>`
}

function Example({ example }: { readonly example: ShadowExample }): VNode {
  const { timeMs, client, address, change } = example
  const photo = address ?? 'no photo'
  return html`<li>
    ${dayText(timeMs)}: <a href=${linkTo('decisions', { words: [client, address].filter(Boolean).join(' ') })}>${photo} for ${client ?? 'no client'}</a> ${changes[change]}
  </li>`
}
