// What somebody has to look at, and what of it was so in the last import already: states that last are counted
// and fail no run, so that a failing one means something new. Known are hashes only: no name is kept for this.
import { createHash } from 'node:crypto'
import type { Candidates } from './candidates.ts'
import type { ListedSource } from './list-source.ts'
import type { ImportTally, PersonProblem } from './outcome.ts'

/** One thing about one source that may last. */
export interface ImportFinding {
  /** Worded to follow the source's title. */
  readonly text: string
  readonly isKnown: boolean
}

export interface SourceFindings {
  readonly findings: readonly ImportFinding[]
  readonly quarantined: readonly (PersonProblem & { readonly isKnown: boolean })[]
  /** What the next import is to know: hashes, each as often as it was found. */
  readonly hashes: readonly string[]
}

export interface ImportFindingsInput {
  readonly sources: readonly ListedSource[]
  readonly conflicts: Candidates['conflicts']
  readonly tally: ImportTally
}

/** By source, in the order of the sources. Failures of whole sources are none: these never become known. */
export function findLasting({ sources, conflicts, tally }: ImportFindingsInput) {
  return new Map(sources.map(one => [one.listing.source, findingsOf(one, { conflicts, tally })]))
}

function findingsOf(
  { listing: { source }, opened: open, troubles, known }: ListedSource,
  { conflicts, tally }: Pick<ImportFindingsInput, 'conflicts' | 'tally'>,
): SourceFindings {
  const left = new Map<string, number>()
  for (const hash of known) left.set(hash, (left.get(hash) ?? 0) + 1)
  const hashes: string[] = []
  const isKnown = (...parts: readonly string[]) => {
    const hash = createHash('sha256').update(parts.join('\0')).digest('base64url').slice(0, 16)
    hashes.push(hash)
    const count = left.get(hash) ?? 0
    left.set(hash, count - 1)
    return count > 0
  }
  const isHere = (one: { readonly source: string }) => one.source === source
  const quarantined = [...tally.quarantined.values()]
    .filter(isHere)
    // Another picture that is refused, too, is news.
    .map(one => ({ ...one, isKnown: isKnown('quarantined', one.key, one.picture ?? '') }))
  // What a source that is gone cannot give is not worth a line each.
  const failed =
    open?.lostReason === undefined ? [...tally.failed.values()].filter(one => isHere(one)) : []
  const findings = [
    ...conflicts.filter(isHere).map(({ address, keys }) => ({
      text: `${address} is of ${keys.length} people, so nobody gets it: ${keys.join(', ')}`,
      isKnown: isKnown('conflict', address, ...keys),
    })),
    ...failed.map(({ key, reason }) => ({
      text: `${key}: ${reason}`,
      isKnown: isKnown('failed', key, reason),
    })),
    ...troubles.map(({ where, reason }) => ({
      text: `${where}: ${reason}`,
      isKnown: isKnown('trouble', withoutNumbers(where), withoutNumbers(reason)),
    })),
  ]
  return { findings, quarantined, hashes: hashes.sort() }
}

// Lines move, and how many lack the same thing changes from day to day: both are no news.
function withoutNumbers(text: string): string {
  return text
    .replace(/(?::\d+)+$/, '')
    .replace(/\blines? \d+/g, 'line')
    .replace(/^\d+ (?:person has|people have)\b/, 'people have')
}
