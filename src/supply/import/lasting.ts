// Tells new problems from those that the last import already had. Known problems are counted and do not fail the run,
// so that a failing run means something new. Only hashes are kept for this, no names.
import { createHash } from 'node:crypto'
import type { Candidates } from './candidates.ts'
import type { ListedSource } from './list-source.ts'
import type { ImportTally, PersonProblem } from './outcome.ts'

/** One problem of one source that may last. */
export interface ImportFinding {
  /** Worded to follow the source's title. */
  readonly text: string
  readonly isKnown: boolean
}

export interface SourceFindings {
  readonly findings: readonly ImportFinding[]
  readonly quarantined: readonly (PersonProblem & { readonly isKnown: boolean })[]
  /** Hashes for the next import, each as often as it was found. */
  readonly hashes: readonly string[]
}

export interface ImportFindingsInput {
  readonly sources: readonly ListedSource[]
  readonly conflicts: Candidates['conflicts']
  readonly tally: ImportTally
}

/** By source, in the order of the sources. Without failures of whole sources: these never become known. */
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
    // Another refused picture of the same person is new.
    .map(one => ({ ...one, isKnown: isKnown('quarantined', one.key, one.picture ?? '') }))
  // Photos that are missing because the whole source was lost get no line each.
  const failed =
    open?.lostReason === undefined ? [...tally.failed.values()].filter(one => isHere(one)) : []
  const findings = [
    ...conflicts.filter(isHere).map(({ address, keys }) => ({
      text: `${keys.length} people have ${address}, so nobody gets it: ${keys.join(', ')}`,
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

// Line numbers and counts change from day to day without a new problem.
function withoutNumbers(text: string): string {
  return text
    .replace(/(?::\d+)+$/, '')
    .replace(/\blines? \d+/g, 'line')
    .replace(/^\d+ (?:person has|people have)\b/, 'people have')
}
