// What sources say of people, and what an import decides by.
import type { Person } from '../source/source.ts'

/** What one source said, or why it counts for nothing in this run. */
export interface Listing {
  /** The source's id. */
  readonly source: string
  readonly persons: readonly Person[]
  /**
   * False when it failed, was not asked or came back nearly empty: what it gave before stays as it is.
   */
  readonly isWhole: boolean
}

export interface Candidate {
  readonly listing: Listing
  readonly person: Person
}

/** `hold`: whatever is there stays, since nobody can know better now. Always the last of several. */
export type Choice = Candidate | 'hold'

/** A photo that stands: the person that it is of, in a source. */
export interface Owner {
  readonly source: string
  readonly key: string
}
