// The frame of a report: one HTML file that needs nothing else, to mail to a colleague. It asks for no other file, runs no
// script, and its Content-Security-Policy forbids both: only its own style sheet (by hash) and pictures inside of it count.
import { createHash } from 'node:crypto'
import type { Html } from '../text/html.ts'
import { html } from '../text/html.ts'
import { reportStyle } from './style.ts'

export interface ReportPage {
  readonly title: string
  /** One sentence below the title. */
  readonly lead: string
  /** When it was made, in milliseconds since the epoch. */
  readonly madeMs: number
  readonly body: Html
}

const styleHash = createHash('sha256').update(reportStyle).digest('base64')
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`
const mark = '<meta name="generator" content="photogate report">'

/** Whether the bytes begin as those of a report: such a file may be replaced. */
export function isReport(bytes: Buffer): boolean {
  return bytes.subarray(0, 200).toString('latin1').includes(mark)
}

/** The file's text. */
export function formatPage({ title, lead, madeMs, body }: ReportPage): string {
  const made = new Date(madeMs).toISOString().slice(0, 16).replace('T', ' ')
  const head = html`<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>`
  const content = html`<header>
<h1>${title}</h1>
<p class="lead">${lead}</p>
</header>
<main>
${body}
</main>
<footer><p>Made by photogate on <time datetime="${new Date(madeMs).toISOString()}">${made} UTC</time>. It holds mail addresses and what the gate shows to some only: pass it on to nobody else.</p></footer>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${mark}
<meta http-equiv="Content-Security-Policy" content="${policy}">
${head}
<style>${reportStyle}</style>
</head>
<body>
${content}
</body>
</html>
`
}
