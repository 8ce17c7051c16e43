// One decision opened: what is known of the request, and what each rule said.
import type { VNode } from 'preact'
import type { DecisionAnswer } from '../page/answers.ts'
import { ForgetButton } from './actions.ts'
import { useAnswer } from './api.ts'
import { AskedRules } from './asked-rules.ts'
import { bytesText, dayText, reasonText } from './format.ts'
import { html } from './html.ts'
import { Command, showLoaded } from './parts.ts'
import { linkTo } from './route.ts'

export function DecisionDetail({ id }: { readonly id: number }): VNode {
  const loaded = useAnswer<DecisionAnswer>(`/api/decisions/${id}`)
  return html`<div class="detail">${showLoaded(loaded, show)}</div>`
}

function show({ row, rules, unasked, curl }: DecisionAnswer): VNode {
  const facts = Object.entries({
    Time: dayText(row.timeMs),
    Answer: `${row.status}, ${reasonText(row.reason)}${row.isAborted ? ' (the client left before it had all of it)' : ''}`,
    Client: row.client ?? 'none',
    Peer: row.peer ?? 'none',
    Photo: row.address ?? 'none',
    Path: row.path,
    User: row.user,
    Refused: row.refused,
    'Guest pass': row.pass,
    'Budget of': row.spentBy,
    Bytes: bytesText(row.bytes),
    'User agent': row.userAgent ?? 'none',
  }).filter(([, value]) => value !== null)
  return html`
    <dl>${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${rules === null ? html`<p class="quiet">${whyNoRules(row.outcome)}</p>` : html`<${AskedRules} rules=${rules} unasked=${unasked} />`}
    ${row.spentBy === null || row.rule === null ? null : html`<${ForgetButton} rule=${row.rule} client=${row.spentBy} />`}
    <h2>Ask again</h2>
    <p class="quiet">On the gate's machine. The cookies of the request are not kept; add yours.</p>
    <${Command} text=${curl} label="A curl command for this request" />
    ${row.client === null || row.address === null ? null : html`<p><a href=${linkTo('what-if', { client: row.client, photo: row.address })}>What if it sent a cookie?</a></p>`}
  `
}

function whyNoRules(outcome: string): string {
  return outcome === 'unjudged'
    ? 'No rule was asked.'
    : 'What the rules said was not kept: many requests came at once, or since.'
}
