// Keys and certificates, with the days that are left.
import type { VNode } from 'preact'
import type { CredentialRow, CredentialsAnswer } from '../page/answers.ts'
import { useAnswer } from './api.ts'
import { dayText, numberText } from './format.ts'
import { html } from './html.ts'
import { showLoaded } from './parts.ts'

// As the alert rules of deploy/monitoring.
const warnDays = 14

export function CredentialsView(): VNode {
  const loaded = useAnswer<CredentialsAnswer>('/api/credentials')
  return html`<h1>Keys and certificates</h1>${showLoaded(loaded, show)}`
}

function show({ rows }: CredentialsAnswer): VNode {
  if (rows.length === 0) {
    return html`<p class="quiet">The configuration has neither keys of tokens nor certificates.</p>`
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Keys and certificates"><table>
    <thead><tr><th scope="col">What</th><th scope="col">File</th><th scope="col">For</th><th scope="col">Until</th><th scope="col" class="number">Days left</th></tr></thead>
    <tbody>${rows.map(row => html`<${Credential} key=${`${row.kind} ${row.name}`} row=${row} />`)}</tbody>
  </table></div>`
}

function Credential({ row }: { readonly row: CredentialRow }): VNode {
  const { kind, name, detail, untilMs, daysLeft } = row
  const level =
    daysLeft === null ? '' : daysLeft < 0 ? 'error' : daysLeft < warnDays ? 'warning' : ''
  return html`<tr>
    <td>${kind}</td><th scope="row">${name}</th><td>${detail}</td>
    <td>${untilMs === null ? 'no end' : dayText(untilMs)}</td>
    <td class=${`number ${level}`}>${daysLeft === null ? '–' : daysLeft < 0 ? 'expired' : numberText(daysLeft)}</td>
  </tr>`
}
