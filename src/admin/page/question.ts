// What the page's requests ask for, read strictly: a value that is not understood is refused, not guessed.

import type { Reason } from '../../gate/access-record.ts'
import type { DecisionQuery } from '../decision/decision-query.ts'
import type { HistorySpan } from '../decision/history.ts'
import { spanNames } from '../decision/history.ts'
import type { DecisionOutcome } from '../decision/outcome.ts'
import type { ProblemAnswer } from './answers.ts'

/** The query of a request, as the router parsed it: a name that comes twice has a list. */
export type QueryValues = Readonly<Record<string, unknown>>

/** A question that cannot be answered. The reply is its problem. */
export class QuestionError extends Error {
  readonly answer: ProblemAnswer

  constructor(field: string, problem: string) {
    super(`${field} ${problem}`)
    this.answer = { field, problem }
  }
}

const maxText = 500

/** @throws QuestionError when it comes twice or is too long */
export function readText(query: QueryValues, field: string): string {
  const value = query[field] ?? ''
  if (typeof value !== 'string') throw new QuestionError(field, 'comes twice; write it once')
  if (value.length > maxText) throw new QuestionError(field, `is longer than ${maxText} characters`)
  return value
}

interface NumberBounds {
  readonly max: number
  readonly otherwise: number
}

export function readNumber(
  query: QueryValues,
  field: string,
  { max, otherwise }: NumberBounds,
): number {
  const text = readText(query, field)
  if (text === '') return otherwise
  if (/^\d{1,15}$/.test(text) && Number(text) <= max) return Number(text)
  throw new QuestionError(field, `"${text}" is not a number from 0 to ${max}`)
}

export function readSpan(query: QueryValues): HistorySpan {
  const text = readText(query, 'span') || 'hour'
  const span = spanNames.find(name => name === text)
  if (span !== undefined) return span
  throw new QuestionError('span', `"${text}" is not one of ${spanNames.join(', ')}`)
}

const outcomes: readonly DecisionOutcome[] = ['admitted', 'turned-away', 'unjudged']

export function readDecisionQuery(query: QueryValues): DecisionQuery {
  const [words, outcomeText, rule, reason] = ['words', 'outcome', 'rule', 'reason'].map(field =>
    readText(query, field),
  ) as [string, string, string, string]
  const outcome = outcomes.find(name => name === outcomeText)
  if (outcome === undefined && outcomeText !== '') {
    throw new QuestionError('outcome', `"${outcomeText}" is not one of ${outcomes.join(', ')}`)
  }
  return {
    words,
    ...(outcome === undefined ? {} : { outcome }),
    ...(rule === '' ? {} : { rule }),
    // An unknown reason has no rows.
    ...(reason === '' ? {} : { reason: reason as Reason }),
  }
}
