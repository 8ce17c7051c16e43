// `photogate photos coverage`: how many people have a photo that the gate would serve, and which people have none.
import { exitCodes, GateError } from '../error.ts'
import { readRecords } from '../supply/import/journal.ts'
import { stateDirectoryOf } from '../supply/import/photo-directory.ts'
import type { Records } from '../supply/import/records.ts'
import { personId } from '../supply/import/records.ts'
import type { People } from '../supply/source/people/people-file.ts'
import { loadPeople } from '../supply/source/people/people-file.ts'
import { SourceError } from '../supply/source/source.ts'
import { printable } from '../text/printable.ts'
import type { Output } from './output.ts'
import { count, mustSurvey } from './photo-words.ts'
import type { PhotosOptions } from './photos-list.ts'
import { loadPhotos } from './supply.ts'

// At most 20 problems of a people file are printed.
const maxProblems = 20

export interface CoverageOptions extends PhotosOptions {
  /** A CSV or LDIF file of the people who should have a photo. Undefined: the people of the last import. */
  people?: string
}

export async function coverage(options: CoverageOptions, output: Output): Promise<number> {
  const { photos } = loadPhotos(options, output)
  const { served } = await mustSurvey(photos)
  const { total, without, of } =
    options.people === undefined ? lastRun(photos, served) : compare(served, options.people, output)
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

type Served = ReadonlyMap<string, unknown>

function lastRun(photos: string, served: Served) {
  const records = readRecords(stateDirectoryOf(photos))
  const { run } = records
  if (run === undefined) {
    const message =
      'no import of all sources has been made yet; run photogate import, or name a file with --people'
    throw new GateError('GATE_SUPPLY', message)
  }
  const still = run.without.filter(address => !served.has(address))
  const without = [...new Set([...still, ...lostSince(records, served)])].sort()
  return { total: run.people, without, of: `of the import of ${run.at}` }
}

// People whose photo an import has written and who have none now, each by their first address.
function lostSince({ photos }: Records, served: Served): string[] {
  const addresses = new Map<string, string[]>()
  for (const { address, source, key, missingSinceMs } of photos.values()) {
    // A person who has left the sources is not counted.
    if (missingSinceMs !== undefined) continue
    const id = personId(source, key)
    addresses.set(id, [...(addresses.get(id) ?? []), address])
  }
  return [...addresses.values()]
    .filter(all => !all.some(address => served.has(address)))
    .map(all => all.sort()[0] as string)
}

function compare(served: Served, file: string, output: Output) {
  const { persons, problems } = loadOrThrow(file)
  for (const { where, reason } of problems.slice(0, maxProblems)) {
    output.note(printable(`${where}: ${reason}`))
  }
  if (problems.length > 0) {
    const lines = `${count(problems.length, 'problem')} in ${file}`
    output.note(`${lines}: the people concerned may not be counted`)
  }
  const without = persons
    .filter(({ addresses }) => !addresses.some(address => served.has(address)))
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
