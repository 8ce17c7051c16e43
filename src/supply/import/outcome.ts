// What an import has done so far. Data only.

/** By address unless said otherwise. */
export interface ImportTally {
  readonly added: string[]
  readonly changed: string[]
  unchanged: number
  /** Left as they are: the source failed or was not asked, its picture was refused, or several people have the address. */
  held: number
  /** Addresses whose file somebody else had put into the directory, and that a source has a photo for. */
  readonly replaced: Set<string>
  /** By person. */
  readonly quarantined: Map<string, PersonProblem>
  readonly failed: Map<string, PersonProblem>
  /** Addresses for which no source has a photo, or only another person's. */
  readonly without: string[]
  /** The `absenceIds` of people whose source answered that it has no photo. */
  readonly absent: Set<string>
}

export interface PersonProblem {
  readonly source: string
  readonly key: string
  readonly addresses: readonly string[]
  readonly reason: string
  /** The hash of the refused picture. */
  readonly picture?: string
}

export function buildImportTally(): ImportTally {
  return {
    ...{ added: [], changed: [], unchanged: 0, held: 0, without: [] },
    ...{ replaced: new Set(), absent: new Set(), quarantined: new Map(), failed: new Map() },
  }
}
