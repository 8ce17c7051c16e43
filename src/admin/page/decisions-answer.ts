// Rows of the decision log for the page, and one row opened.
import type { Settings } from '../../config/settings.ts'
import type { DecisionLog, DecisionPage } from '../decision/decision-log.ts'
import type { Decided } from '../decision/decision-query.ts'
import { outcomeOf } from '../decision/outcome.ts'
import type { DecisionAnswer, DecisionRow, DecisionsAnswer } from './answers.ts'
import { curlFor, pathOf } from './commands.ts'

export function answerDecisions({ rows, next }: DecisionPage): DecisionsAnswer {
  return { rows: rows.map(rowOf), next: next ?? null }
}

/** Undefined when the row has made room for newer ones. */
export function answerDecision(
  log: DecisionLog,
  id: number,
  settings: Settings,
): DecisionAnswer | undefined {
  const decided = log.get(id)
  if (decided === undefined) return undefined
  const { rules, client, peer, address, path, method } = decided
  const target = pathOf(address, path)
  return {
    row: rowOf(decided),
    rules: rules ?? null,
    unasked: unaskedOf(settings, decided),
    curl: curlFor(settings, { client, peer, target, method, cookies: [] }),
  }
}

export function rowOf({ rules: _, ...row }: Decided): DecisionRow {
  return { ...row, outcome: outcomeOf(row.rule) }
}

// By the names of today: after a reload, those of the row may be gone.
function unaskedOf({ policy }: Settings, { rules }: Decided): string[] {
  const last = rules?.at(-1)
  if (last?.matched !== true) return []
  const at = policy.rules.findIndex(({ name }) => name === last.name)
  return at < 0 ? [] : policy.rules.slice(at + 1).map(({ name }) => name)
}
