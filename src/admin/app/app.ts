// The page: its head, its views, and what an administrator should know now.
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { StatusAnswer } from '../page/answers.ts'
import type { AnswerState } from './api.ts'
import { useAnswer } from './api.ts'
import { CredentialsView } from './credentials-view.ts'
import { DecisionsView } from './decisions-view.ts'
import { Foot } from './foot.ts'
import { numberText } from './format.ts'
import { html } from './html.ts'
import { ImportsView } from './imports-view.ts'
import type { Live } from './live.ts'
import { useLive } from './live.ts'
import { OverviewView } from './overview-view.ts'
import { PhotosView } from './photos-view.ts'
import type { Route } from './route.ts'
import { linkTo, useRoute } from './route.ts'
import { RulesView } from './rules-view.ts'
import { WhatIfView } from './what-if-view.ts'

const views = {
  overview: 'Overview',
  decisions: 'Decisions',
  'what-if': 'What if',
  rules: 'Rules',
  photos: 'Photos',
  imports: 'Imports',
  credentials: 'Keys',
} as const

export function App(): VNode {
  const route = useRoute()
  const live = useLive()
  const status = useAnswer<StatusAnswer>('/api/status', Math.floor(live.version / 5))
  const main = useRef<HTMLElement>(null)
  const { view } = route
  const isFirst = useRef(true)
  // A screen reader begins to read at the new view. The first one begins at the top.
  useEffect(() => {
    document.title = `${views[view as keyof typeof views] ?? 'Not found'} – photogate`
    if (!isFirst.current) main.current?.focus({ preventScroll: true })
    isFirst.current = false
  }, [view])
  return html`
    <a class="skip" href="#main" onClick=${(event: Event) => {
      event.preventDefault()
      main.current?.focus()
    }}>Skip to the content</a>
    <header>
      <a class="brand" href=${linkTo('overview')}>photogate</a>
      <nav aria-label="Views">
        ${Object.entries(views).map(
          ([name, text]) =>
            html`<a key=${name} href=${linkTo(name)} aria-current=${name === view ? 'page' : undefined}>${text}</a>`,
        )}
      </nav>
      <${State} status=${status} live=${live} />
    </header>
    <main id="main" tabindex="-1" ref=${main}>
      <${Notices} status=${status} />
      ${viewOf(route, live)}
    </main>
    <${Foot} status=${status} />
  `
}

function viewOf({ view, query }: Route, live: Live): VNode {
  switch (view) {
    case 'overview':
      return html`<${OverviewView} query=${query} live=${live} />`
    case 'decisions':
      return html`<${DecisionsView} query=${query} live=${live} />`
    case 'what-if':
      return html`<${WhatIfView} query=${query} />`
    case 'rules':
      return html`<${RulesView} live=${live} />`
    case 'photos':
      return html`<${PhotosView} query=${query} />`
    case 'imports':
      return html`<${ImportsView} live=${live} />`
    case 'credentials':
      return html`<${CredentialsView} />`
    default:
      return html`<h1>Not found</h1><p>There is no such view. <a href=${linkTo('overview')}>Go to the overview</a></p>`
  }
}

interface StateProps {
  readonly status: AnswerState<StatusAnswer>
  readonly live: Live
}

function State({ status, live }: StateProps): VNode {
  const { last } = live
  const perSecond =
    last === undefined ? 0 : last.since.admitted + last.since['turned-away'] + last.since.unjudged
  const isReady = status.state === 'loaded' && status.answer.photos.isReady
  const [kind, text] = !live.isOpen
    ? ['error', 'no connection']
    : isReady
      ? ['fine', `live · ${numberText(perSecond)} requests/s`]
      : ['warning', 'not ready']
  return html`<p class=${`state ${kind}`} title="Requests in the last second">${text}</p>`
}

function Notices({ status }: { readonly status: AnswerState<StatusAnswer> }): VNode | null {
  if (status.state === 'failed')
    return html`<p class="notice error" role="alert">${status.problem}</p>`
  if (status.state === 'loading' || status.answer.notices.length === 0) return null
  return html`<ul class="notices" aria-label="To be looked at">
    ${status.answer.notices.map(({ level, text }) => html`<li key=${text} class=${`notice ${level}`}>${text}</li>`)}
  </ul>`
}
