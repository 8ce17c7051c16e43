// Admitted and turned away over a span: by rule, by reason, by client and by photo.
import type { VNode } from 'preact'
import type { HistoryAnswer } from '../page/answers.ts'
import { useAnswer } from './api.ts'
import { numberText, reasonText, shareText } from './format.ts'
import { HistoryChart } from './history-chart.ts'
import { html } from './html.ts'
import type { Live } from './live.ts'
import { Bars, Panel, showLoaded } from './parts.ts'
import { linkTo } from './route.ts'

const spans = { hour: 'Last hour', day: 'Last day', month: 'Last 31 days' } as const

interface OverviewProps {
  readonly query: URLSearchParams
  readonly live: Live
}

export function OverviewView({ query, live }: OverviewProps): VNode {
  const asked = query.get('span') ?? 'hour'
  const span = asked in spans ? (asked as keyof typeof spans) : 'hour'
  const loaded = useAnswer<HistoryAnswer>(`/api/history?span=${span}`, live.version)
  return html`
    <h1>Who gets in, and why</h1>
    <nav class="tabs" aria-label="Span">
      ${Object.entries(spans).map(
        ([name, text]) =>
          html`<a key=${name} href=${linkTo('overview', { span: name })} aria-current=${name === span ? 'true' : undefined}>${text}</a>`,
      )}
    </nav>
    ${showLoaded(loaded, history => html`<${Overview} history=${history} />`)}
  `
}

function Overview({ history }: { readonly history: HistoryAnswer }): VNode {
  const { totals } = history
  const judged = totals.admitted + totals['turned-away']
  return html`
    <div class="figures">
      <${Figure} name="Admitted" kind="admitted" count=${totals.admitted} whole=${judged} />
      <${Figure} name="Turned away" kind="turned-away" count=${totals['turned-away']} whole=${judged} />
      <${Figure} name="Probes and others" kind="unjudged" count=${totals.unjudged} />
    </div>
    <section class="panel"><h2>Over time</h2><${HistoryChart} history=${history} /></section>
    <div class="grid">
      <${Panel} title="Admitted by rule">
        <${Bars} of="Rule" rows=${history.rules} empty="There is no rule, so everybody is turned away." link=${(rule: string) => linkTo('decisions', { rule })} />
      <//>
      <${Panel} title="Why people are turned away">
        <${Bars} of="Reason" rows=${history.refusals} empty="Nobody was turned away." describe=${reasonText} link=${(reason: string) => linkTo('decisions', { reason, outcome: 'turned-away' })} />
      <//>
      <${Panel} title="What the admitted got">
        <${Bars} of="Answer" rows=${history.answers} empty="Nobody was admitted." describe=${reasonText} link=${(reason: string) => linkTo('decisions', { reason, outcome: 'admitted' })} />
      <//>
      <${Panel} title="Clients that are admitted most">
        <${Bars} of="Client" rows=${history.clients} empty="Nobody was admitted." link=${(words: string) => linkTo('decisions', { words })} />
      <//>
      <${Panel} title="Clients that are turned away most">
        <${Bars} of="Client" rows=${history.turnedAwayClients} empty="Nobody was turned away." link=${(words: string) => linkTo('decisions', { words })} />
      <//>
      <${Panel} title="Photos that are asked for most">
        <${Bars} of="Photo" rows=${history.photos} empty="No photo was asked for." link=${(words: string) => linkTo('decisions', { words })} />
      <//>
    </div>
  `
}

interface FigureProps {
  readonly name: string
  readonly kind: string
  readonly count: number
  readonly whole?: number
}

function Figure({ name, kind, count, whole }: FigureProps): VNode {
  const share = whole === undefined ? null : html`<small>${shareText(count, whole)}</small>`
  return html`<div class=${`figure ${kind}`}><span>${name}</span><strong>${numberText(count)}</strong>${share}</div>`
}
