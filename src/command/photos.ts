// `photogate photos …`: whose photos there are, where one comes from, and the ways to take one away or move it.
import { exitCodes, GateError } from '../error.ts'
import { printable } from '../ltpa/printable.ts'
import { parseAddress } from '../photo/address.ts'
import { readRecords } from '../supply/journal.ts'
import type { Holder } from '../supply/lock.ts'
import type { People } from '../supply/people/people-file.ts'
import { loadPeople } from '../supply/people/people-file.ts'
import { stateDirectoryOf } from '../supply/photo-directory.ts'
import type { Holding } from '../supply/photo-holdings.ts'
import { listHoldings, removePhoto, renamePhoto } from '../supply/photo-holdings.ts'
import { SourceError } from '../supply/source.ts'
import type { ConfigChoice } from './config-file.ts'
import { asGateError, busyError } from './import.ts'
import type { Output } from './output.ts'
import { loadPhotos } from './supply.ts'

// Of the problems of a people file.
const mostProblems = 20

export interface PhotosOptions extends ConfigChoice {
  json?: boolean
}

export interface CoverageOptions extends PhotosOptions {
  /** A CSV or LDIF file of the people who should have a photo; else those of the last import. */
  people?: string
}

export function listPhotos(options: PhotosOptions, output: Output): number {
  const { photos } = loadPhotos(options, output)
  const holdings = listHoldings(photos).filter(({ files }) => files.length > 0)
  if (options.json) {
    output.print(JSON.stringify(holdings, null, 2))
    return exitCodes.fine
  }
  const rows = holdings.map(({ address, files: [file], photo }) => [
    address,
    `${(file?.bytes ?? 0).toLocaleString('en')} bytes`,
    file?.modified.slice(0, 10) ?? '',
    photo === undefined ? 'put there by others' : `from ${photo.source}`,
  ])
  const widths = [0, 1].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  for (const [address = '', bytes = '', day, from] of rows) {
    output.print(
      `${address.padEnd(widths[0] ?? 0)}  ${bytes.padStart(widths[1] ?? 0)}  ${day}  ${from}`,
    )
  }
  output.print(count(holdings.length, 'photo'))
  return exitCodes.fine
}

/** @returns 0, or 1 when there is neither a photo nor a record of one. */
export function showPhoto(text: string, options: PhotosOptions, output: Output): number {
  const address = parseOrThrow(text)
  const { photos } = loadPhotos(options, output)
  const holding = listHoldings(photos).find(found => found.address === address)
  if (options.json) {
    output.print(
      JSON.stringify(holding ?? { address, files: [], aliases: [], quarantined: [] }, null, 2),
    )
  } else {
    output.print(holding === undefined ? `there is no photo of ${address}` : describe(holding))
  }
  return holding === undefined ? exitCodes.turnedAway : exitCodes.fine
}

function describe({ address, files, photo, aliases, quarantined }: Holding): string {
  const lines = [address]
  // Keys are what directories and people files say, and go to terminals.
  const row = (title: string, text: string) =>
    void lines.push(`  ${title.padEnd(11)}  ${printable(text)}`)
  for (const { path, bytes, modified } of files) {
    row('file', `${path}, ${bytes.toLocaleString('en')} bytes, written ${modified}`)
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

export function coverage(options: CoverageOptions, output: Output): number {
  const { photos } = loadPhotos(options, output)
  const { total, without, of } =
    options.people === undefined ? lastRun(photos) : compare(photos, options.people, output)
  const having = total - without.length
  const share = total === 0 ? 100 : Math.floor((1000 * having) / total) / 10
  if (options.json) {
    output.print(JSON.stringify({ people: total, withPhoto: having, without }, null, 2))
    return exitCodes.fine
  }
  output.print(
    `${having.toLocaleString('en')} of ${total.toLocaleString('en')} people ${of} have a photo (${share} %)`,
  )
  if (without.length > 0)
    output.print(['without a photo', ...without.map(one => `  ${one}`)].join('\n'))
  return exitCodes.fine
}

function lastRun(photos: string) {
  const { run } = readRecords(stateDirectoryOf(photos))
  if (run === undefined) {
    const message =
      'no import of all sources has been made yet; run photogate import, or name a file with --people'
    throw new GateError('GATE_SUPPLY', message)
  }
  return { total: run.people, without: run.without, of: `of the import of ${run.at}` }
}

function compare(photos: string, file: string, output: Output) {
  const having = new Set(
    listHoldings(photos).flatMap(({ address, files }) => (files.length > 0 ? [address] : [])),
  )
  const { persons, problems } = loadOrThrow(file)
  for (const { where, reason } of problems.slice(0, mostProblems)) {
    output.note(printable(`${where}: ${reason}`))
  }
  if (problems.length > 0) {
    const lines = `${count(problems.length, 'problem')} in ${file}`
    output.note(`${lines}: whoever they are about may not be counted`)
  }
  const without = persons
    .filter(({ addresses }) => !addresses.some(address => having.has(address)))
    .map(({ addresses: [address = ''] }) => address)
    .sort()
  return { total: persons.length, without, of: `of ${file}` }
}

function loadOrThrow(file: string): People {
  try {
    return loadPeople(file)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new GateError('GATE_SUPPLY', error.message, { cause: error })
  }
}

/** @returns 0, or 1 when there was nothing to remove. */
export async function removePhotos(
  text: string,
  options: PhotosOptions,
  output: Output,
): Promise<number> {
  const address = parseOrThrow(text)
  const { photos, supply } = loadPhotos(options, output)
  const known = listHoldings(photos).find(found => found.address === address)
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
  return known === undefined && removed.files === 0 ? exitCodes.turnedAway : exitCodes.fine
}

/** @returns 0, or 1 when nothing was renamed. */
export async function renamePhotos(
  [oldText, newText]: readonly [string, string],
  options: PhotosOptions,
  output: Output,
): Promise<number> {
  const [from, to] = [parseOrThrow(oldText), parseOrThrow(newText)]
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
  return outcome === 'renamed' ? exitCodes.fine : exitCodes.turnedAway
}

async function change<T>(photos: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asGateError(error, `cannot change ${photos}`, 'put that right, then run it again')
  }
}

function mustBeFree<T extends object>(result: T | Holder): T {
  if ('pid' in result) throw busyError(result)
  return result
}

function parseOrThrow(text: string): string {
  const address = parseAddress(text)
  if (address !== undefined) return address
  throw new GateError(
    'GATE_USAGE',
    `${JSON.stringify(text)} is no mail address; write joe.bloggs@acme.example`,
  )
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}
