// A button that has the gate do something: says why it cannot, asks again where there is no way back, and announces what
// came of it.
import type { VNode } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { postJson } from './api.ts'
import { html } from './html.ts'
import { usePermission } from './session.ts'

export interface ActionResult {
  readonly text: string
  readonly isProblem: boolean
  /** Further lines, such as the problems of a configuration. */
  readonly lines?: readonly string[]
}

interface ActionProps<Answer> {
  readonly label: string
  readonly path: string
  readonly body?: object
  /** A question, and the label of the button that does it. Undefined: it is done at once. */
  readonly confirm?: { readonly question: string; readonly label: string }
  describe(answer: Answer): ActionResult
}

type ActionStep = 'ready' | 'asking' | 'running'

export function ActionButton<Answer>(props: ActionProps<Answer>): VNode {
  const { label, path, body = {}, confirm, describe } = props
  const { csrfToken, why } = usePermission()
  const [step, setStep] = useState<ActionStep>('ready')
  const [result, setResult] = useState<ActionResult>()
  const id = useId()
  const safe = useRef<HTMLButtonElement>(null)
  // The way out has the focus: a second Enter by mistake must change nothing.
  useLayoutEffect(() => {
    if (step === 'asking') safe.current?.focus()
  }, [step])

  const run = async () => {
    setStep('running')
    setResult(undefined)
    try {
      setResult(describe(await postJson<Answer>(path, csrfToken ?? '', body)))
    } catch (error) {
      setResult({ text: (error as Error).message, isProblem: true })
    }
    setStep('ready')
  }
  const begin = () => {
    if (csrfToken === null || step === 'running') return
    if (confirm === undefined) void run()
    else setStep('asking')
  }
  // Not `disabled`: a button without focus could not tell a screen reader why.
  return html`<div class="action">
    ${
      step === 'asking' && confirm !== undefined
        ? html`<p role="alert">${confirm.question}</p>
          <button type="button" class="danger" onClick=${() => void run()}>${confirm.label}</button>
          <button type="button" ref=${safe} onClick=${() => setStep('ready')}>Leave it</button>`
        : html`<button type="button" aria-disabled=${csrfToken === null || step === 'running'} aria-describedby=${id} onClick=${begin}>${step === 'running' ? 'Working …' : label}</button>
          <span id=${id} class="quiet">${why}</span>`
    }
    <div aria-live="polite">${result === undefined ? null : showResult(result)}</div>
  </div>`
}

function showResult({ text, isProblem, lines = [] }: ActionResult): VNode {
  return html`<p class=${isProblem ? 'problem' : 'done'}>${text}</p>
    ${lines.length === 0 ? null : html`<ul>${lines.map(line => html`<li key=${line}>${line}</li>`)}</ul>`}`
}
