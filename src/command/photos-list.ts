// `photogate photos list` and `show`: the photos that the gate would serve, their sources, and the files beside them that
// are not served.
import { basename } from 'node:path'
import { exitCodes } from '../error.ts'
import type { PhotoSurvey } from '../photo/photo-survey.ts'
import type { PhotoEntry } from '../supply/import/photo-inventory.ts'
import { listInventory } from '../supply/import/photo-inventory.ts'
import { printable } from '../text/printable.ts'
import { formatRows } from '../text/table.ts'
import type { ConfigChoice } from './config-file.ts'
import type { Output } from './output.ts'
import { count, mustBeAddress, mustSurvey } from './photo-words.ts'
import { loadPhotos } from './supply.ts'

export interface PhotosOptions extends ConfigChoice {
  json?: boolean
}

export interface ListOptions extends PhotosOptions {
  /** Lists the files that are not served instead, each with the reason. */
  broken?: boolean
}

/** @returns 0; with `broken` 1 when a file is not served. */
export async function listPhotos(options: ListOptions, output: Output): Promise<number> {
  const { photos } = loadPhotos(options, output)
  const survey = await mustSurvey(photos)
  if (options.broken) return listBroken(survey, options, output)
  const holdings = listInventory(photos).filter(({ address }) => survey.served.has(address))
  if (options.json) {
    output.print(JSON.stringify(holdings, null, 2))
    return exitCodes.fine
  }
  const rows = holdings.map(({ address, files, photo }) => {
    const name = survey.served.get(address)?.name
    const file = files.find(({ path }) => basename(path) === name)
    return {
      name: address,
      requests: `${(file?.bytes ?? 0).toLocaleString('en')} bytes`,
      clients: file?.modified.slice(0, 10) ?? '',
      detail: photo === undefined ? 'put there by others' : `from ${photo.source}`,
    }
  })
  for (const line of formatRows(rows)) output.print(line)
  output.print(count(holdings.length, 'photo'))
  const { length } = survey.unserved
  if (length > 0)
    output.note(`${count(length, 'file')} not served; photogate photos list --broken says why`)
  return exitCodes.fine
}

function listBroken({ unserved }: PhotoSurvey, { json }: ListOptions, output: Output): number {
  if (json) output.print(JSON.stringify(unserved, null, 2))
  else {
    for (const { name, reason } of unserved) output.print(printable(`${name}  ${reason}`))
    output.print(`${count(unserved.length, 'file')} not served`)
  }
  return unserved.length > 0 ? exitCodes.findings : exitCodes.fine
}

/** @returns 0, or 1 when there is neither a photo nor a record of one. */
export async function showPhoto(
  text: string,
  options: PhotosOptions,
  output: Output,
): Promise<number> {
  const address = mustBeAddress(text)
  const { photos } = loadPhotos(options, output)
  const holding = listInventory(photos).find(found => found.address === address)
  const reasons = holding === undefined ? new Map() : reasonsIn(await mustSurvey(photos, address))
  if (options.json) {
    const files = holding?.files.map(file => ({ ...file, ...notServed(file.path, reasons) }))
    const none = { address, files: [], aliases: [], quarantined: [] }
    output.print(JSON.stringify(holding === undefined ? none : { ...holding, files }, null, 2))
  } else {
    output.print(
      holding === undefined ? `there is no photo of ${address}` : describe(holding, reasons),
    )
  }
  return holding === undefined ? exitCodes.findings : exitCodes.fine
}

function reasonsIn({ unserved }: PhotoSurvey): Map<string, string> {
  return new Map(unserved.map(({ name, reason }) => [name, reason]))
}

function notServed(path: string, reasons: ReadonlyMap<string, string>) {
  const reason = reasons.get(basename(path))
  return reason === undefined ? {} : { notServed: reason }
}

function describe(
  { address, files, photo, aliases, quarantined }: PhotoEntry,
  reasons: ReadonlyMap<string, string>,
): string {
  const lines = [address]
  // Keys come from directories and people files, and go to terminals.
  const row = (title: string, text: string) =>
    void lines.push(`  ${title.padEnd(11)}  ${printable(text)}`)
  for (const { path, bytes, modified } of files) {
    const { notServed: reason } = notServed(path, reasons)
    const doubt = reason === undefined ? '' : `, not served: it ${reason}`
    row('file', `${path}, ${bytes.toLocaleString('en')} bytes, written ${modified}${doubt}`)
  }
  if (files.length === 0) row('file', 'none')
  if (photo !== undefined) row('from', `${photo.source}: ${photo.key}`)
  else if (files.length > 0) row('from', 'others than the import')
  if (aliases.length > 0) row('aliases', aliases.join(', '))
  if (photo?.missingSinceMs !== undefined) {
    row('missing', `in every source since ${new Date(photo.missingSinceMs).toISOString()}`)
  }
  for (const { source, key, reason } of quarantined)
    row('quarantined', `${key} of ${source} ${reason}`)
  return lines.join('\n')
}
