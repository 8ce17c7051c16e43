// Imports: the one that runs, the next, and how the last ones ended.
import type { VNode } from 'preact'
import type { ImportsAnswer } from '../page/answers.ts'
import { ImportButton } from './actions.ts'
import { useAnswer } from './api.ts'
import { agoText, dayText, numberText } from './format.ts'
import { html } from './html.ts'
import type { Live } from './live.ts'
import { showLoaded } from './parts.ts'

export function ImportsView({ live }: { readonly live: Live }): VNode {
  const loaded = useAnswer<ImportsAnswer>('/api/imports', Math.floor(live.version / 5))
  return html`<h1>Imports</h1>${showLoaded(loaded, show)}`
}

const results: Record<string, string> = {
  fine: 'fine',
  findings: 'with findings',
  failed: 'failed',
  stopped: 'stopped',
}

function show({ isConfigured, runningSinceMs, nextMs, ended }: ImportsAnswer): VNode {
  if (!isConfigured) {
    return html`<p class="quiet">The configuration has no supply: photos come into the folder by other ways.</p>`
  }
  const running =
    runningSinceMs === undefined
      ? null
      : html`<p role="status">An import has been running since ${dayText(runningSinceMs)}.</p>`
  const next =
    nextMs === undefined
      ? 'No import is scheduled.'
      : `The next import is scheduled for ${dayText(nextMs)}.`
  return html`
    ${running}
    <p class="quiet">${next}</p>
    <${ImportButton} />
    ${ended.length === 0 ? html`<p class="quiet">No import has ended since this gate started.</p>` : null}
    <ol class="imports">
      ${[...ended].reverse().map(
        ({ startedMs, endedMs, result, counters }) => html`<li key=${startedMs} class="panel">
          <h2>${dayText(endedMs)} <span class=${`badge import-${result}`}>${results[result]}</span></h2>
          <p class="quiet">${agoText(endedMs, Date.now())}, it took ${((endedMs - startedMs) / 1_000).toFixed(1)} s</p>
          <dl>${Object.entries(counters).map(([name, count]) => html`<div key=${name}><dt>${wordsOf(name)}</dt><dd>${numberText(count)}</dd></div>`)}</dl>
        </li>`,
      )}
    </ol>
  `
}

// toBeRemoved: to be removed
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
