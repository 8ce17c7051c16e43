// Where photos come from: the interface of every kind of source. A source lists people, and fetches the photo of one
// person on demand. It knows nothing of earlier imports. test/supply/source/conformance.test.ts holds the contract.

/** A person as one source knows them. */
export interface Person {
  /** Unique in the source and the same in every run: an entry's id, a file name, a uid. */
  readonly key: string
  /** How messages name the person where the key means nothing to people: a DN. */
  readonly label?: string
  /** Canonical (text/mail-address.ts), without repeats, never empty. The first is the main one, the others are aliases. */
  readonly addresses: readonly string[]
  /**
   * `present`: fetch will most likely get one. `absent`: the source says that there is none, so the import removes
   * the photo. `unknown`: the source says nothing about a photo, for example when a dump leaves the person out.
   */
  readonly photo: 'present' | 'absent' | 'unknown'
  /**
   * Equal to the version of an earlier run only when the photo's bytes are the same. Undefined: only fetching can
   * tell, or the photo changed so recently that another change would give the same version.
   */
  readonly version: string | undefined
}

export type Listed =
  | { readonly kind: 'person'; readonly person: Person }
  /** A problem of one person or line that the administrator should look at; the others are not affected. */
  | { readonly kind: 'trouble'; readonly where: string; readonly reason: string }
  /** A file that cannot be a photo. */
  | { readonly kind: 'ignored'; readonly name: string }

export type ListedProblem = Extract<Listed, { kind: 'trouble' }>

export type Fetched =
  | {
      readonly kind: 'photo'
      readonly bytes: Buffer
      /** Replaces the person's version where only the answer tells it (an ETag). */
      readonly version?: string
    }
  /** The photo still has the version that was passed. */
  | { readonly kind: 'unchanged' }
  /**
   * The source says now that there is no photo. `isHidden`: the photo may only be hidden from the import, so an
   * imported one stays for the time of grace.
   */
  | { readonly kind: 'absent'; readonly isHidden?: boolean }

export interface Source {
  /** How many photos may be fetched at once. */
  readonly parallel: number
  /**
   * Every person once. Complete when it ends without an error. Fetches no photo.
   * @throws SourceError; then the list is incomplete, and nobody may be removed because of it.
   */
  list(): AsyncIterable<Listed>
  /**
   * @param known the version of an earlier import: the source answers `unchanged` when the photo still has it.
   * @throws SourceError
   */
  fetch(person: Person, known: string | undefined): Promise<Fetched>
  /**
   * The person's other pictures in the source (other values, other files), beside the one fetched last. Called at
   * most once after each fetch, when that picture is new or unusable.
   * @throws SourceError
   */
  fetchOthers?(person: Person): Promise<readonly Buffer[]>
  /** Releases connections, files and processes. May be called more than once. Never throws. */
  close(): Promise<void>
}

/** What is wrong with a source, or with one person's photo in it, and what to do. No message holds a secret. */
export class SourceError extends Error {
  /** `source`: the source gives nothing more in this run. `person`: other photos can still be fetched. */
  readonly scope: 'source' | 'person'

  constructor(scope: 'source' | 'person', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SourceError'
    this.scope = scope
  }
}

/** The largest original in bytes. A larger file is not a portrait, and is not read into memory. */
export const maxOriginalBytes = 20 * 1024 * 1024
