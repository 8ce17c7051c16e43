// Which files of a directory the gate would serve, and why not the others, by the gate's own checks.
import type { DirectoryListing } from './directory-listing.ts'
import { listDirectory } from './directory-listing.ts'
import type { PhotoFile } from './photo-file.ts'
import { buildPhotoStore } from './photo-store.ts'
import type { UnservedFile } from './unserved-files.ts'

export interface PhotoSurvey {
  /** By address: the file whose bytes the gate would answer with. */
  readonly served: ReadonlyMap<string, PhotoFile>
  /** In alphabetical order. */
  readonly unserved: readonly UnservedFile[]
  /** How many of `served` count by their names alone. */
  readonly unread: number
}

export interface SurveyOptions {
  /** How many photos to read at most. Undefined: all. */
  readonly maxReads?: number
  /** Only the photo of this address is looked for and read. */
  readonly only?: string
}

const readsAtOnce = 8

/**
 * Reads every photo to its end: a picture that is cut off looks whole at its beginning.
 * @throws Error when the directory cannot be read.
 */
export async function surveyPhotos(
  directory: string,
  { maxReads = Infinity, only }: SurveyOptions = {},
): Promise<PhotoSurvey> {
  const { index, unserved, unreadable } = listDirectory(directory)
  if (unreadable !== undefined) throw new Error(`the photos cannot be listed: ${unreadable}`)
  const all = [...unserved, ...outrankedIn(index)]
  const served = new Map<string, PhotoFile>()
  const files = [...index.files()].filter(
    file => index.find(file.address) === file && (only === undefined || file.address === only),
  )
  for (const file of files) served.set(file.address, file)
  const reasons = new Map<string, string>()
  const store = buildPhotoStore({
    directory,
    cacheBytes: 1,
    onRefused: (name, reason) => void reasons.set(name, reason),
  })
  const toRead = files.slice(0, maxReads).values()
  const read = async () => {
    for (const file of toRead) {
      if ((await store.find(file)) !== undefined) continue
      served.delete(file.address)
      all.push({ name: file.name, reason: reasons.get(file.name) ?? 'has just gone' })
    }
  }
  await Promise.all(Array.from({ length: readsAtOnce }, read))
  all.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { served, unserved: all, unread: Math.max(0, files.length - maxReads) }
}

function outrankedIn(index: DirectoryListing['index']): UnservedFile[] {
  return [...index.files()]
    .filter(file => index.find(file.address) !== file)
    .map(({ name }) => ({ name, reason: 'is older than another file for the same address' }))
}
