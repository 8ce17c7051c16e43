// The budget of the rule that admits the request that is explained. What a client has spent, only the gate's ledger
// knows: the caller says a number.
import type { UndatedEntry } from '../policy/budget.ts'

/** The shape of `budget` in `--json`. */
export interface ExplainedBudget {
  readonly people: number
  readonly misses: number
  readonly perSeconds: number
  /** Whose budget it is: a network address, a /64 or a user. */
  readonly client: string
  /** As the caller says; null when it does not. */
  readonly spent: number | null
  /** A person whom the client has not asked for within the window would be answered as an unknown photo. */
  readonly isOver: boolean
}

/** `spent`: how many people the client has asked for within the window; null: nobody says. */
export function explainBudget(
  entry: UndatedEntry | undefined,
  spent: number | null,
): ExplainedBudget | null {
  if (entry?.budget === undefined) return null
  const { people, misses, perMs } = entry.budget
  return {
    ...{ people, misses, perSeconds: perMs / 1_000, client: entry.client, spent },
    isOver: entry.isCanary || (spent !== null && spent >= people),
  }
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
