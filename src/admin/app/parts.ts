// What several views show alike: a list with bars, an answer that is still on its way, an outcome.
import type { ComponentChildren, VNode } from 'preact'
import type { Counted } from '../page/answers.ts'
import type { AnswerState } from './api.ts'
import { numberText, shareText } from './format.ts'
import { html } from './html.ts'

export function showLoaded<Answer>(
  loaded: AnswerState<Answer>,
  show: (answer: Answer) => VNode,
): VNode {
  if (loaded.state === 'loading') return html`<p class="quiet" role="status">Loading …</p>`
  if (loaded.state === 'failed') return html`<p class="problem" role="alert">${loaded.problem}</p>`
  return show(loaded.answer)
}

interface PanelProps {
  readonly title: string
  readonly hint?: string
  readonly children?: ComponentChildren
}

export function Panel({ title, hint, children }: PanelProps): VNode {
  return html`<section class="panel">
    <h2>${title}</h2>
    ${hint === undefined ? null : html`<p class="quiet">${hint}</p>`}
    ${children}
  </section>`
}

interface BarsProps {
  readonly rows: readonly Counted[]
  /** What a row's name says, as the heading of its column. */
  readonly of: string
  readonly empty: string
  readonly describe?: (name: string) => string
  readonly link?: (name: string) => string
}

/** A table with a bar for each count. */
export function Bars({ rows, of, empty, describe, link }: BarsProps): VNode {
  if (rows.length === 0) return html`<p class="quiet">${empty}</p>`
  const sum = rows.reduce((all, { count }) => all + count, 0)
  const max = Math.max(1, ...rows.map(({ count }) => count))
  return html`<table class="bars">
    <thead><tr><th scope="col">${of}</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Share</th></tr></thead>
    <tbody>
      ${rows.map(
        ({ name, count }) => html`<tr key=${name}>
          <th scope="row">
            ${link === undefined ? html`<span class="name">${name}</span>` : html`<a class="name" href=${link(name)}>${name}</a>`}
            ${describe === undefined ? null : html`<small>${describe(name)}</small>`}
            <${Bar} part=${count} whole=${max} />
          </th>
          <td class="number">${numberText(count)}</td>
          <td class="number">${shareText(count, sum)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`
}

/** Decoration: the number stands beside it. */
export function Bar({ part, whole }: { readonly part: number; readonly whole: number }): VNode {
  const width = `${whole === 0 ? 0 : (100 * part) / whole}%`
  return html`<span class="bar" aria-hidden="true"><span style=${{ width }}></span></span>`
}

const outcomes: Record<string, string> = {
  admitted: 'admitted',
  'turned-away': 'turned away',
  unjudged: 'not judged',
}

export function Badge({ outcome }: { readonly outcome: string }): VNode {
  return html`<span class=${`badge ${outcome}`}>${outcomes[outcome] ?? outcome}</span>`
}

/** A command to paste. */
export function Command({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const copy = () => void navigator.clipboard?.writeText(text)
  return html`<div class="command">
    <pre tabindex="0" aria-label=${label}><code>${text}</code></pre>
    <button type="button" onClick=${copy}>Copy</button>
  </div>`
}
