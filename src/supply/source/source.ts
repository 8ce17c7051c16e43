// Where photos come from, as reconcile sees every kind of source: a list of people, then on demand the
// photo of one of them. A source knows nothing of what has been imported before.

/** A person as one source knows them. */
export interface Person {
  /** Tells the person from all others of the source, from run to run: an entry's id, a file name, a uid. */
  readonly key: string
  /** How messages name the person, where the key tells people nothing: a DN. */
  readonly label?: string
  /** Canonical (photo/address.ts), without repeats, never empty. The first is the main one, the others are aliases. */
  readonly addresses: readonly string[]
  /**
   * `present`: fetch will most likely get one. `absent`: the source says that there is none, so that an
   * imported one goes. `unknown`: the source says nothing of a photo, as when a dump leaves the person out.
   */
  readonly photo: 'present' | 'absent' | 'unknown'
  /**
   * Equal to that of an earlier run only when the photo's bytes are the same. Undefined: only fetching
   * can tell, or the photo has changed so lately that it may change again unseen.
   */
  readonly version: string | undefined
}

export type Listed =
  | { readonly kind: 'person'; readonly person: Person }
  /** Something about one person or line that somebody should look at; the others go on. */
  | { readonly kind: 'trouble'; readonly where: string; readonly reason: string }
  /** A file that nobody's photo can be. */
  | { readonly kind: 'ignored'; readonly name: string }

export type ListedProblem = Extract<Listed, { kind: 'trouble' }>

export type Fetched =
  | {
      readonly kind: 'photo'
      readonly bytes: Buffer
      /** In place of the person's, where only the answer tells it (an ETag). */
      readonly version?: string
    }
  /** The photo is as of the version that was passed. */
  | { readonly kind: 'unchanged' }
  /**
   * The source says that there is none after all. `isHidden`: or that it may not be seen: then one that was
   * imported stays for the time of grace.
   */
  | { readonly kind: 'absent'; readonly isHidden?: boolean }

export interface Source {
  /** How many photos may be fetched at once. */
  readonly parallel: number
  /**
   * Everybody, each once. Complete when it ends.
   * @throws SourceError, and then what was listed so far is no ground for removing anybody.
   */
  list(): AsyncIterable<Listed>
  /**
   * @param known the version that an import has, to ask for changes only.
   * @throws SourceError
   */
  fetch(person: Person, known: string | undefined): Promise<Fetched>
  /**
   * What else the source has for the person beside the bytes fetched last: other values, other files. Asked
   * when those are new or no good; once for each fetch.
   * @throws SourceError
   */
  fetchOthers?(person: Person): Promise<readonly Buffer[]>
  /** Lets go of connections and files. Never throws. */
  close(): Promise<void>
}

/** What is wrong with a source, or with one person's photo in it. No message ever holds a secret. */
export class SourceError extends Error {
  /** `source`: nothing more can be had from it in this run. `person`: others may be had. */
  readonly scope: 'source' | 'person'

  constructor(scope: 'source' | 'person', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SourceError'
    this.scope = scope
  }
}

/** No original is larger, in bytes: what is, is no portrait, and is not read into memory. */
export const maxOriginalBytes = 20 * 1024 * 1024
