// Parts of reports: a table with a bar for each row's share, figures, and a list that says what it leaves out.
import type { Html, HtmlPart } from '../text/html.ts'
import { html } from '../text/html.ts'
import type { Tone } from '../text/styled.ts'
import type { Table, TableRow } from '../text/table.ts'
import { formatShare } from '../text/table.ts'

/** One table with its head as the caption. Each row is headed by its name, with its bar and its detail below. */
export function tablePart({ head, rows }: Table): Html {
  const hasClients = head.clients !== undefined
  return html`<table>
<caption><h2>${capital(head.name)}</h2></caption>
<thead><tr><th scope="col">${head.detail === undefined ? 'What' : `What, and ${head.detail}`}</th><th scope="col" class="share">Share</th><th scope="col">${countHead(head)}</th>${hasClients && html`<th scope="col">Clients</th>`}</tr></thead>
<tbody>
${rows.map(row => rowPart(row, hasClients))}
</tbody>
</table>
`
}

// A head may have the sum of its rows in place of a word.
function countHead({ requests = '' }: TableRow): string {
  return /^[\d,]+$/.test(requests) ? `Of ${requests}` : capital(requests)
}

function rowPart({ name, requests, clients, detail, share, tone }: TableRow, hasClients: boolean) {
  return html`<tr><th scope="row">${name}${share !== undefined && barPart(share, tone)}${detail !== undefined && detail !== '' && html`<small>${detail}</small>`}</th><td class="share">${share === undefined ? '' : formatShare(share)}</td><td>${requests}</td>${hasClients && html`<td>${clients}</td>`}</tr>
`
}

/** For the eye only: the share stands beside it as text. Drawn as SVG, which prints; no style attribute is needed. */
export function barPart(share: number, tone: Tone | 'plain' = 'plain'): Html {
  // A thousandth is still seen.
  const width = share === 0 ? 0 : Math.max(0.5, Math.min(100, share * 100)).toFixed(1)
  return html`<svg class="bar" aria-hidden="true"><rect class="rail" width="100%" height="100%"/><rect class="${tone}" width="${width}%" height="100%"/></svg>`
}

export interface Figure {
  readonly label: string
  readonly value: string
  readonly tone?: Tone | undefined
}

export function figuresPart(figures: readonly Figure[]): Html {
  const one = ({ label, value, tone }: Figure) =>
    html`<div><dt>${label}</dt><dd${tone !== undefined && html` class="${tone}"`}>${value}</dd></div>
`
  return html`<dl class="figures">
${figures.map(one)}</dl>
`
}

/** `id`: unique on the page. */
export function sectionPart(id: string, title: string, content: HtmlPart): Html {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${content}
</section>
`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
