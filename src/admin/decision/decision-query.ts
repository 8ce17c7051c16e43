// Which rows of the decision log an administrator asks for.
import type { AccessRecord, Reason } from '../../gate/access-record.ts'
import type { AskedRule } from './asked-rules.ts'
import type { DecisionOutcome } from './outcome.ts'
import { outcomeOf } from './outcome.ts'

/** One row of the decision log. */
export interface Decided
  extends Pick<
    AccessRecord,
    | 'timeMs'
    | 'client'
    | 'peer'
    | 'method'
    | 'address'
    | 'status'
    | 'rule'
    | 'reason'
    | 'bytes'
    | 'milliseconds'
    | 'userAgent'
    | 'isAborted'
  > {
  /** Counted from 1. */
  readonly id: number
  /** The request-target where it names no photo, or its beginning. */
  readonly path: string | null
  /** The user of an LTPA token, verified or not. */
  readonly user: string | null
  /** Why its token, pass or link was refused. */
  readonly refused: string | null
  /** The id of a guest pass. */
  readonly pass: string | null
  /** Whose budget is spent, as the ledger knows the client; null when none is. */
  readonly spentBy: string | null
  /** What the rules said; undefined when it was not kept. */
  rules: readonly AskedRule[] | undefined
}

/** All that is given must hold. */
export interface DecisionQuery {
  /** Words that stand in the photo, client, peer, rule, reason, user, path or user agent, in any case. */
  readonly words?: string
  readonly outcome?: DecisionOutcome
  readonly rule?: string
  readonly reason?: Reason
}

export function buildMatcher(query: DecisionQuery): (row: Decided) => boolean {
  const { outcome, rule, reason } = query
  const words = (query.words ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return row =>
    (outcome === undefined || outcomeOf(row.rule) === outcome) &&
    (rule === undefined || row.rule === rule) &&
    (reason === undefined || row.reason === reason) &&
    (words.length === 0 || hasAll(textOf(row), words))
}

function hasAll(text: string, words: readonly string[]): boolean {
  return words.every(word => text.includes(word))
}

function textOf(row: Decided): string {
  const { address, client, peer, rule, reason, user, path, userAgent, refused, status } = row
  return [address, client, peer, rule, reason, user, path, userAgent, refused, status]
    .join(' ')
    .toLowerCase()
}
