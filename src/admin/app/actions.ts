// What the page can have the gate do, each a button with its words.
import type { VNode } from 'preact'
import type { ReloadAnswer } from '../actions.ts'
import type { ForgetAnswer, ImportNowAnswer, ProblemAnswer } from '../page/answers.ts'
import type { ActionResult } from './action-button.ts'
import { ActionButton } from './action-button.ts'
import { html } from './html.ts'

export function ReloadButton(): VNode {
  return html`<${ActionButton} label="Reload the configuration" path="/api/reload" describe=${describeReload} />`
}

function describeReload(answer: ReloadAnswer): ActionResult {
  switch (answer.outcome) {
    case 'applied':
      return {
        text: `The configuration is applied: ${answer.rules.join(', ') || 'no rules'}.`,
        ...{ isProblem: false, lines: answer.warnings },
      }
    case 'refused':
      return {
        text: 'The configuration has problems, and the old one stays:',
        ...{ isProblem: true, lines: answer.problems },
      }
    case 'failed':
      return { text: `It was not applied: ${answer.message}.`, isProblem: true }
  }
}

export function ImportButton(): VNode {
  return html`<${ActionButton} label="Import now" path="/api/import" describe=${describeImport} />`
}

const importResults = {
  started: { text: 'The import has started.', isProblem: false },
  running: { text: 'An import is running already; this one was not started.', isProblem: true },
  'no-supply': {
    text: 'The configuration says of no place to import from (supply).',
    isProblem: true,
  },
  stopping: { text: 'The gate is stopping; no import was started.', isProblem: true },
} as const

function describeImport({ outcome }: ImportNowAnswer): ActionResult {
  return importResults[outcome]
}

interface ForgetProps {
  readonly rule: string
  /** As the ledger knows it. */
  readonly client: string
}

export function ForgetButton({ rule, client }: ForgetProps): VNode {
  const question = `${client} may ask for as many people anew under rule ${rule}. If it reads the directory, it goes on. The log will say that you did this.`
  const confirm = { question, label: 'Yes, forget it' }
  return html`<${ActionButton} label="Forget this client's budget" path="/api/forget-budget"
    body=${{ rule, client }} confirm=${confirm} describe=${describeForget} />`
}

function describeForget(answer: ForgetAnswer | ProblemAnswer): ActionResult {
  if ('problem' in answer) return { text: `${answer.field} ${answer.problem}.`, isProblem: true }
  const { outcome, client } = answer
  switch (outcome) {
    case 'forgotten':
      return { text: `The budget of ${client} begins anew at this gate.`, isProblem: false }
    case 'none':
      return { text: `${client} had spent nothing of a budget of this rule.`, isProblem: true }
    case 'only-here':
      return {
        text: 'This gate has forgotten it, and Redis does not answer, so it still counts there. Try again when Redis is back.',
        isProblem: true,
      }
  }
}
