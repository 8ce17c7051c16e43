// The budget of the rule that admits the request of `explain`. What a client has spent, only the gate's ledger knows:
// the administrator says a number.
import { GateError } from '../error.ts'
import type { UndatedEntry } from '../policy/budget.ts'

/** The shape of `budget` in `--json`. */
export interface ExplainedBudget {
  readonly people: number
  readonly misses: number
  readonly perSeconds: number
  /** Whose budget it is: a network address, a /64 or a user. */
  readonly client: string
  /** As `--spent` says; null without it. */
  readonly spent: number | null
  /** A person whom the client has not asked for within the window would be answered as an unknown photo. */
  readonly isOver: boolean
}

/** @throws GateError GATE_USAGE when `--spent` is not a number. */
export function explainBudget(
  entry: UndatedEntry | undefined,
  spentText: string | undefined,
): ExplainedBudget | null {
  const spent = spentText === undefined ? null : readSpent(spentText)
  if (entry?.budget === undefined) return null
  const { people, misses, perMs } = entry.budget
  return {
    ...{ people, misses, perSeconds: perMs / 1_000, client: entry.client, spent },
    isOver: entry.isCanary || (spent !== null && spent >= people),
  }
}

function readSpent(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new GateError(
    'GATE_USAGE',
    `--spent "${text}" is not a number of people; write one like 40`,
  )
}

export function describeBudget({
  people,
  misses,
  perSeconds,
  client,
  spent,
  isOver,
}: ExplainedBudget): string {
  const limits = `${people} people, ${misses} of them without a photo, in ${perSeconds.toLocaleString('en')} s for ${client}`
  if (isOver && spent !== null && spent >= people)
    return `${limits}; ${spent} are spent: only people whom the client has seen in this time are shown`
  if (isOver) return `${limits}; this name is a canary, and spends all of it`
  return spent === null
    ? `${limits}; --spent N shows the answer when N are spent`
    : `${limits}; ${spent} are spent`
}
