// `photogate photos remove` and `rename`: remove or rename a photo.

import type { LockHolder } from '../disk/lock.ts'
import { exitCodes } from '../error.ts'
import { listInventory, removePhoto, renamePhoto } from '../supply/import/photo-inventory.ts'
import { asGateError, busyError } from './import.ts'
import type { Output } from './output.ts'
import { count, mustBeAddress } from './photo-words.ts'
import type { PhotosOptions } from './photos-list.ts'
import { loadPhotos } from './supply.ts'

/** @returns 0, or 1 when there was nothing to remove. */
export async function removePhotos(
  text: string,
  options: PhotosOptions,
  output: Output,
): Promise<number> {
  const address = mustBeAddress(text)
  const { photos, supply } = loadPhotos(options, output)
  const known = listInventory(photos).find(found => found.address === address)
  const removed = mustBeFree(await change(photos, removePhoto(photos, address)))
  if (options.json) output.print(JSON.stringify(removed, null, 2))
  else if (known === undefined && removed.files === 0)
    output.print(`there is no photo of ${address}`)
  else {
    output.print(
      `removed ${removed.addresses.join(', ')}: ${count(removed.files, 'file')}, and all records`,
    )
  }
  if (known !== undefined && supply !== undefined) {
    output.note(
      'a source that still has the photo gives it to the next import; take it out there as well',
    )
  }
  return known === undefined && removed.files === 0 ? exitCodes.findings : exitCodes.fine
}

/** @returns 0, or 1 when nothing was renamed. */
export async function renamePhotos(
  [oldText, newText]: readonly [string, string],
  options: PhotosOptions,
  output: Output,
): Promise<number> {
  const [from, to] = [mustBeAddress(oldText), mustBeAddress(newText)]
  const { photos, supply } = loadPhotos(options, output)
  const { outcome } = mustBeFree(await change(photos, renamePhoto(photos, from, to)))
  const texts = {
    renamed: `the photo of ${from} is that of ${to} now`,
    'no such photo': `there is no photo of ${from}`,
    'there is one already': `there is a photo of ${to} already; remove it first`,
  }
  if (options.json) output.print(JSON.stringify({ from, to, outcome }, null, 2))
  else output.print(texts[outcome])
  if (outcome === 'renamed' && supply !== undefined) {
    output.note(
      `as long as the sources say ${from}, imports put the photo back there, and take that of ${to} away in the end; change it in them as well`,
    )
  }
  return outcome === 'renamed' ? exitCodes.fine : exitCodes.findings
}

async function change<T>(photos: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asGateError(error, `cannot change ${photos}`, 'put that right, then run it again')
  }
}

function mustBeFree<T extends object>(result: T | LockHolder): T {
  if ('pid' in result) throw busyError(result)
  return result
}
