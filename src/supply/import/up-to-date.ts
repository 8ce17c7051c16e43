// Whether the present photo of an address is the right one, from the records and the file's metadata, without its bytes.
import type { Candidate } from './claims.ts'
import type { FoundFile } from './photo-directory.ts'
import { fileNameOf } from './photo-directory.ts'
import type { PhotoRecord, Records } from './records.ts'

export interface PhotoState {
  readonly records: Records
  /** What was in the directory when the run began. */
  readonly files: ReadonlyMap<string, readonly FoundFile[]>
  /** What photos are made to fit. */
  readonly fit: string
}

// Some file systems and copy programs keep times to two seconds only, and round them later.
const coarseMs = 2_000

/** Whether the photo of the address was made from this person's picture as last seen. */
export function isUpToDate(address: string, choice: Candidate, options: PhotoState): boolean {
  const photo = options.records.photos.get(address)
  if (photo === undefined || !isFrom(address, choice, options) || photo.fit !== options.fit)
    return false
  const known = options.records.persons.get(photo.source, photo.key)
  return photo.original === known?.original && isIntact(photo, options)
}

/** Whether the photo of the address is this person's, now or in an earlier state. */
export function isFrom(
  address: string,
  { listing, person }: Candidate,
  options: PhotoState,
): boolean {
  const photo = options.records.photos.get(address)
  return photo !== undefined && photo.source === listing.source && photo.key === person.key
}

/** Whether the photo of the address is there, and was made from the picture with this hash, whoever's it was. */
export function isMadeOf(address: string, original: string, options: PhotoState): boolean {
  const photo = options.records.photos.get(address)
  return (
    photo !== undefined &&
    photo.original === original &&
    photo.fit === options.fit &&
    isIntact(photo, options)
  )
}

/** Whether the file is there as it was written. */
function isIntact(photo: PhotoRecord, options: Pick<PhotoState, 'files'>): boolean {
  const file = findFile(photo.address, options)
  return file !== undefined && isFileOf(file, photo)
}

function findFile(address: string, { files }: Pick<PhotoState, 'files'>): FoundFile | undefined {
  const name = fileNameOf(address)
  return files.get(address)?.find(found => found.name === name)
}

function isFileOf(file: FoundFile, { size, mtimeMs }: NonNullable<PhotoRecord['over']>): boolean {
  return (
    file.size === size &&
    (file.mtimeMs === mtimeMs ||
      (Number.isInteger(file.mtimeMs) && Math.abs(file.mtimeMs - mtimeMs) < coarseMs))
  )
}

/** The file that an import has put under the address; undefined when there is none, or another program put it there. */
export function findOwnFile(address: string, options: PhotoState): FoundFile | undefined {
  const photo = options.records.photos.get(address)
  const file = findFile(address, options)
  if (photo === undefined || file === undefined) return undefined
  const isOwn = isFileOf(file, photo) || (photo.over && isFileOf(file, photo.over))
  return isOwn ? file : undefined
}
