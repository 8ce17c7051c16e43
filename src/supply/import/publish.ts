// Publishes a person's picture under its addresses: written where it is missing or old, and recorded.

import type { PictureResult } from './fetch-picture.ts'
import type { Journal } from './journal.ts'
import type { ImportTally } from './outcome.ts'
import type { PhotoDirectory, PlacePhoto, UnwritablePhoto } from './photo-directory.ts'
import { fileNameOf } from './photo-directory.ts'
import type { PhotoState } from './up-to-date.ts'
import { findOwnFile, isMadeOf } from './up-to-date.ts'

export interface PublishOptions extends PhotoState {
  readonly directory: PhotoDirectory
  readonly journal: Journal
  /** True: counts what would be done, and writes nothing. */
  readonly isDryRun: boolean
}

interface PublishInput {
  readonly addresses: readonly string[]
  readonly obtained: Extract<PictureResult, { kind: 'same' | 'photo' }>
  readonly options: PublishOptions
  readonly tally: ImportTally
}

/** @returns the addresses that cannot have the photo. */
export async function publishPicture({
  addresses,
  obtained,
  options,
  tally,
}: PublishInput): Promise<readonly UnwritablePhoto[]> {
  const { files, directory, journal, isDryRun } = options
  const { record } = obtained
  const wanting =
    obtained.kind === 'same'
      ? []
      : addresses.filter(address => !isMadeOf(address, record.original, options))
  // Looked up before the records change.
  const own = new Map(wanting.map(address => [address, findOwnFile(address, options)]))
  let unwritable: readonly UnwritablePhoto[] = []
  if (!isDryRun && obtained.kind === 'photo' && wanting.length > 0) {
    const { source, key, original, fit } = record
    const place: PlacePhoto = async (written, put) => {
      const { address } = written
      const before = options.records.photos.get(address)
      const file = own.get(address)
      const over = file && { size: file.size, mtimeMs: file.mtimeMs }
      const photo = { ...written, source, key, original, fit, over, missingSinceMs: undefined }
      try {
        // Journal first, on the disk: a photo without a record would never be removed again, also after a power cut.
        // A record without its photo is harmless: size and time do not match.
        journal.add({ kind: 'photo', photo })
        await journal.sync()
        await put()
      } catch (error) {
        journal.add(before ? { kind: 'photo', photo: before } : { kind: 'photo-gone', address })
        throw error
      }
    }
    unwritable = await directory.publish(wanting, obtained.bytes, place)
  }
  const failed = new Set(unwritable.map(({ address }) => address))
  for (const address of wanting) {
    if (failed.has(address)) continue
    const isThere = files.has(address)
    if (isThere) tally.changed.push(address)
    else tally.added.push(address)
    if (isThere && own.get(address) === undefined) tally.replaced.add(address)
  }
  tally.unchanged += addresses.length - wanting.length
  // After the photos: a record of a picture must not be newer than its photos.
  rememberPicture(record, options)
  for (const address of addresses) {
    if (failed.has(address)) continue
    reassignPhoto(address, record, options)
    await tidyAddress(address, options, tally)
  }
  return unwritable
}

// The same photo of a renamed source, or of a person with a new key: the record gets the new owner.
function reassignPhoto(
  address: string,
  { source, key }: Extract<PictureResult, { kind: 'same' }>['record'],
  { records, journal, isDryRun }: PublishOptions,
): void {
  const photo = records.photos.get(address)
  if (isDryRun || photo === undefined) return
  if (photo.source === source && photo.key === key) return
  journal.add({ kind: 'photo', photo: { ...photo, source, key } })
}

/** A present photo is not missing any more, and must be the only file of its address. */
async function tidyAddress(
  address: string,
  { files, records, directory, journal, isDryRun }: PublishOptions,
  tally: ImportTally,
): Promise<void> {
  const photo = records.photos.get(address)
  if (!isDryRun && photo?.missingSinceMs !== undefined) {
    journal.add({ kind: 'photo', photo: { ...photo, missingSinceMs: undefined } })
  }
  const others = (files.get(address) ?? []).filter(({ name }) => name !== fileNameOf(address))
  if (others.length === 0) return
  if (!isDryRun) await directory.tidy(address, others)
  tally.replaced.add(address)
}

/** Records a person's picture if its record has changed. */
export function rememberPicture(
  record: Extract<PictureResult, { kind: 'same' }>['record'],
  options: PublishOptions,
) {
  const known = options.records.persons.get(record.source, record.key)
  const isNews =
    known === undefined ||
    known.version !== record.version ||
    known.original !== record.original ||
    known.fit !== record.fit ||
    known.addresses?.join() !== record.addresses?.join() ||
    known.refused !== record.refused
  if (isNews && !options.isDryRun) options.journal.add({ kind: 'person', person: record })
}
