// What an import has come to, as it goes along.

/** What a run has come to so far, by address unless said otherwise. */
export interface ImportTally {
  readonly added: string[]
  readonly changed: string[]
  unchanged: number
  /** Left as they are: their source failed or was not asked, has a bad picture now, or it is a conflict. */
  held: number
  /** Files that others have put into the directory, of addresses that sources have photos for. */
  readonly replaced: Set<string>
  /** By person. */
  readonly quarantined: Map<string, PersonProblem>
  readonly failed: Map<string, PersonProblem>
  /** For which no source has turned out to have a photo, or none but that of somebody else. */
  readonly without: string[]
  /** Of people whose source has turned out to have no photo of them: `absenceIds`. */
  readonly absent: Set<string>
}

export interface PersonProblem {
  readonly source: string
  readonly key: string
  readonly addresses: readonly string[]
  readonly reason: string
  /** The hash of the picture that it is about. */
  readonly picture?: string
}

export function buildImportTally(): ImportTally {
  return {
    ...{ added: [], changed: [], unchanged: 0, held: 0, without: [] },
    ...{ replaced: new Set(), absent: new Set(), quarantined: new Map(), failed: new Map() },
  }
}
