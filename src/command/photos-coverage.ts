// `photogate photos coverage`: how many people have a photo that the gate would serve, and which people have none.
import { exitCodes, GateError } from '../error.ts'
import type { Coverage, DomainCoverage, ServedAddresses } from '../supply/import/coverage.ts'
import { coverageOfPeople, coverageOfRun } from '../supply/import/coverage.ts'
import { readRecords } from '../supply/import/journal.ts'
import { stateDirectoryOf } from '../supply/import/photo-directory.ts'
import type { People } from '../supply/source/people/people-file.ts'
import { loadPeople } from '../supply/source/people/people-file.ts'
import { SourceError } from '../supply/source/source.ts'
import { printable } from '../text/printable.ts'
import { styled } from '../text/styled.ts'
import type { Table, TableRow } from '../text/table.ts'
import { styleTables } from '../text/table.ts'
import type { Output } from './output.ts'
import { count, mustSurvey } from './photo-words.ts'
import type { PhotosOptions } from './photos-list.ts'
import { loadPhotos } from './supply.ts'

// At most 20 problems of a people file are printed.
const maxProblems = 20
const maxDomains = 20

export interface CoverageOptions extends PhotosOptions {
  /** A CSV or LDIF file of the people who should have a photo. Undefined: the people of the last import. */
  people?: string
}

/** Coverage, and of whom, in words. */
export interface NamedCoverage extends Coverage {
  readonly of: string
}

export async function coverage(options: CoverageOptions, output: Output): Promise<number> {
  const { photos } = loadPhotos(options, output)
  const { served } = await mustSurvey(photos)
  const found = findCoverage(photos, served, { people: options.people, output })
  if (found === undefined) {
    const message =
      'no import of all sources has been made yet; run photogate import, or name a file with --people'
    throw new GateError('GATE_SUPPLY', message)
  }
  const { people, without } = found
  const having = people - without.length
  if (options.json) {
    output.print(JSON.stringify({ people, withPhoto: having, without }, null, 2))
    return exitCodes.fine
  }
  output.print([styled(formatCoverage(found), having === people ? 'good' : 'doubt')])
  printDomains(found, output)
  if (without.length > 0)
    output.print(['without a photo', ...without.map(one => `  ${one}`)].join('\n'))
  return exitCodes.fine
}

// Scripts read the text of a pipe line by line, and it stays as it is: domains are for the eye.
function printDomains(found: NamedCoverage, { print, screen }: Output): void {
  if (screen?.bars === undefined || found.domains.length === 0) return
  for (const table of styleTables([domainsTable(found, maxDomains)], screen.bars)) print(table)
}

/** In one sentence. The share is rounded down: it is 100 % only when nobody is without. */
export function formatCoverage({ people, without, of }: NamedCoverage): string {
  const having = people - without.length
  const share = people === 0 ? 100 : Math.floor((1000 * having) / people) / 10
  return `${having.toLocaleString('en')} of ${people.toLocaleString('en')} people ${of} have a photo (${share} %)`
}

/** A row for each domain: how many of its people have a photo. */
export function domainsTable({ domains }: NamedCoverage, maxRows: number): Table {
  const rowOf = ({ domain, people, withPhoto }: DomainCoverage): TableRow => ({
    name: domain,
    requests: `${withPhoto.toLocaleString('en')} of ${people.toLocaleString('en')}`,
    share: withPhoto / people,
    tone: withPhoto === people ? 'good' : 'doubt',
  })
  const rows = domains.slice(0, maxRows).map(rowOf)
  const leftOut = domains.length - rows.length
  const rest = leftOut > 0 ? [{ name: `(and ${count(leftOut, 'domain')} more)` }] : []
  return { head: { name: 'by domain', requests: 'with a photo' }, rows: [...rows, ...rest] }
}

/** Of the people in the file `people`, or of the last import; undefined when there was none. Notes problems of the file. */
export function findCoverage(
  photos: string,
  served: ServedAddresses,
  { people, output }: { readonly people: string | undefined; readonly output: Output },
): NamedCoverage | undefined {
  if (people !== undefined) {
    const { persons, problems } = loadOrThrow(people)
    noteProblemsOf(people, problems, output)
    return { ...coverageOfPeople(persons, served), of: `of ${people}` }
  }
  const records = readRecords(stateDirectoryOf(photos))
  const found = coverageOfRun(records, served)
  return found && { ...found, of: `of the import of ${records.run?.at}` }
}

function noteProblemsOf(file: string, problems: People['problems'], output: Output): void {
  for (const { where, reason } of problems.slice(0, maxProblems)) {
    output.note(printable(`${where}: ${reason}`))
  }
  if (problems.length === 0) return
  const lines = `${count(problems.length, 'problem')} in ${file}`
  output.note(`${lines}: the people concerned may not be counted`)
}

function loadOrThrow(file: string): People {
  try {
    return loadPeople(file)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new GateError('GATE_SUPPLY', error.message, { cause: error })
  }
}
