// What sources say about people: the input of an import's decisions. Types only.
import type { Person } from '../source/source.ts'

/** What one source listed. */
export interface Listing {
  /** The source's id. */
  readonly source: string
  readonly persons: readonly Person[]
  /**
   * False when the source failed, was not asked or came back nearly empty: its photos stay as they are.
   */
  readonly isWhole: boolean
}

export interface Candidate {
  readonly listing: Listing
  readonly person: Person
}

/** `hold`: the present photo stays, because this run cannot decide. Always the last choice of several. */
export type Choice = Candidate | 'hold'

/** The person in a source whose photo an address has now. */
export interface Owner {
  readonly source: string
  readonly key: string
}
