// What an import knows of earlier ones: the photo of each address and its source, refused pictures, and since when a
// photo is missing. In memory; journal.ts keeps it on disk.

/** What became of a person's picture, as last seen in one source. */
export interface PersonRecord {
  readonly source: string
  readonly key: string
  readonly version: string | undefined
  /** SHA-256 of the picture as the source has it, in base64url. */
  readonly original: string
  /** The size limits that it was made for, so that other limits are noticed. */
  readonly fit: string
  /** Why it was refused; undefined when it became a photo. */
  readonly refused: string | undefined
  /** All addresses of people with several, so that the gate knows whose a photo is; always for refused pictures. */
  readonly addresses: readonly string[] | undefined
}

/** The photo that an import has written for an address. */
export interface PhotoRecord {
  readonly address: string
  readonly source: string
  readonly key: string
  /** Both as in the person's record at that time. */
  readonly original: string
  readonly fit: string
  /** The file as written: bytes, and modification time in milliseconds. */
  readonly size: number
  readonly mtimeMs: number
  /** The import's own file that this one replaces; still there if the run died before the rename. */
  readonly over?: Pick<PhotoRecord, 'size' | 'mtimeMs'> | undefined
  /** Since when no source has it, in milliseconds since the epoch. */
  readonly missingSinceMs: number | undefined
}

/** The result of a source's last complete listing. */
export interface SourceRecord {
  readonly source: string
  readonly photos: number
  /** Addresses that several of its people had. */
  readonly disputed?: readonly string[]
  /** Hashes of its problems, each as often as it was found (lasting.ts). */
  readonly known?: readonly string[]
}

/** The last import of all sources. */
export interface RunRecord {
  readonly at: string
  /** How many people the sources have. */
  readonly people: number
  /** Main addresses of people without a photo. */
  readonly without: readonly string[]
}

export interface PersonRecords extends Iterable<PersonRecord> {
  get(source: string, key: string): PersonRecord | undefined
  readonly size: number
}

export interface Records {
  readonly persons: PersonRecords
  readonly photos: ReadonlyMap<string, PhotoRecord>
  readonly sources: ReadonlyMap<string, SourceRecord>
  readonly run: RunRecord | undefined
}

/** One step from records to the next; the journal is a list of these. */
export type JournalChange =
  | { readonly kind: 'person'; readonly person: PersonRecord }
  | { readonly kind: 'person-gone'; readonly source: string; readonly key: string }
  | { readonly kind: 'photo'; readonly photo: PhotoRecord }
  | { readonly kind: 'photo-gone'; readonly address: string }
  | { readonly kind: 'source'; readonly source: SourceRecord }
  | { readonly kind: 'run'; readonly run: RunRecord }

export interface RecordStore extends Records {
  apply(change: JournalChange): void
}

export function personId(source: string, key: string): string {
  return `${source}\0${key}`
}

// A map for each source: one map would need a joined key for each of hundreds of thousands of people.
function buildPersons() {
  const bySource = new Map<string, Map<string, PersonRecord>>()
  return {
    get: (source: string, key: string) => bySource.get(source)?.get(key),
    set: (person: PersonRecord) => {
      const persons = bySource.get(person.source) ?? new Map<string, PersonRecord>()
      bySource.set(person.source, persons.set(person.key, person))
    },
    delete: (source: string, key: string) => void bySource.get(source)?.delete(key),
    *[Symbol.iterator]() {
      for (const persons of bySource.values()) yield* persons.values()
    },
    get size() {
      return [...bySource.values()].reduce((sum, { size }) => sum + size, 0)
    },
  }
}

export function buildRecords(): RecordStore {
  const persons = buildPersons()
  const photos = new Map<string, PhotoRecord>()
  const sources = new Map<string, SourceRecord>()
  let run: RunRecord | undefined
  return {
    persons,
    photos,
    sources,
    get run() {
      return run
    },
    apply: change => {
      switch (change.kind) {
        case 'person':
          persons.set(change.person)
          break
        case 'person-gone':
          persons.delete(change.source, change.key)
          break
        case 'photo':
          photos.set(change.photo.address, change.photo)
          break
        case 'photo-gone':
          photos.delete(change.address)
          break
        case 'source':
          sources.set(change.source.source, change.source)
          break
        case 'run':
          run = change.run
          break
      }
    },
  }
}

/** The shortest list of changes that leads to these records. */
export function* changesOf({ persons, photos, sources, run }: Records): Generator<JournalChange> {
  for (const person of persons) yield { kind: 'person', person }
  for (const photo of photos.values()) yield { kind: 'photo', photo }
  for (const source of sources.values()) yield { kind: 'source', source }
  if (run !== undefined) yield { kind: 'run', run }
}
