// The foot of the page: what runs since when, and the way out.
import type { VNode } from 'preact'
import type { StatusAnswer } from '../page/answers.ts'
import type { AnswerState } from './api.ts'
import { postJson } from './api.ts'
import { agoText, numberText } from './format.ts'
import { html } from './html.ts'
import { usePermission } from './session.ts'

export function Foot({ status }: { readonly status: AnswerState<StatusAnswer> }): VNode | null {
  const { csrfToken } = usePermission()
  if (status.state !== 'loaded') return null
  const { version, startedMs, nowMs, configuration, photos } = status.answer
  return html`<footer class="quiet">
    photogate ${version} · started ${agoText(startedMs, nowMs)} · configuration ${configuration.generation}, applied ${agoText(configuration.appliedMs, nowMs)} · ${numberText(photos.count)} photos
    ${csrfToken === null ? null : html` · <button type="button" class="link" onClick=${() => void signOut(csrfToken)}>Sign out</button>`}
  </footer>`
}

async function signOut(csrfToken: string): Promise<void> {
  await postJson('/sign-out', csrfToken, {}).catch(() => {})
  location.assign('/sign-in')
}
