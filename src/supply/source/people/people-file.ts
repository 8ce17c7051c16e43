// A file of people with their uids and mail addresses, in CSV or LDIF. It decides whose photo is whose, so an ambiguous
// row is reported and counts for nobody.
import { readRegularFile } from '../../../disk/regular-file.ts'
import { SourceError } from '../source.ts'
import { PeopleFormatError, parsePeopleCsv } from './people-csv.ts'
import { isLdif, parsePeopleLdif } from './people-ldif.ts'
import type { Cell, IsBroken, PeopleRow, Report, RowSink } from './people-row.ts'
import { addressesOfList, addressesOfValue } from './people-row.ts'
import { decodePeople, quote } from './people-text.ts'

export interface ListedPerson {
  /** As written in the file; undefined when there is none. */
  readonly uid: string | undefined
  /** Canonical, without repeats, the main one first. */
  readonly addresses: readonly string[]
  /** Where the person is in the file, from 1. */
  readonly line: number
}

export interface PeopleProblem {
  /** `people.csv:12:5`, with the file as it was named. */
  readonly where: string
  readonly reason: string
}

export interface People {
  /** Everybody with an address, in the order of the file. Several may have the same uid; `find` then returns none. */
  readonly persons: readonly ListedPerson[]
  /**
   * The only person with the uid, whatever its case; undefined when nobody or more than one person has it. Also finds
   * people without an address.
   */
  find(uid: string): ListedPerson | undefined
  readonly problems: readonly PeopleProblem[]
}

const maxBytes = 256 * 1024 * 1024

/** @throws SourceError of the whole source */
export function loadPeople(file: string): People {
  let bytes: Buffer
  try {
    bytes = readRegularFile(file, maxBytes).bytes
  } catch (error) {
    throw unreadable(error)
  }
  return parsePeople(bytes, file)
}

/** Like loadPeople, with another way to read the file. */
export async function loadPeopleWith(
  file: string,
  read: (file: string, maxBytes: number) => Promise<Buffer>,
): Promise<People> {
  const bytes = await read(file, maxBytes).catch(error => {
    throw unreadable(error)
  })
  return parsePeople(bytes, file)
}

function unreadable(error: unknown): SourceError {
  const message = `the people file cannot be read: ${(error as Error).message}; people: names it`
  return new SourceError('source', message, { cause: error })
}

/**
 * Parses the content of a people file.
 * @param file for messages.
 * @throws SourceError of the whole source
 */
export function parsePeople(bytes: Buffer, file: string): People {
  const problems: PeopleProblem[] = []
  const report: Report = (where, reason) => problems.push({ where: `${file}:${where}`, reason })
  const decoded = decodePeople(bytes)
  if ('problem' in decoded) {
    const { problem, line, column } = decoded
    throw new SourceError('source', `${file}:${line}:${column} ${problem}`)
  }
  const { text, isBroken } = decoded
  const isOfLdif = isLdif(text)
  const persons: ListedPerson[] = []
  const addressesOf = isOfLdif ? addressesOfValue : addressesOfList
  const reading = { addressesOf, isBroken, report }
  const onRow = (row: PeopleRow) => persons.push(readPerson(row, reading))
  if (isOfLdif) parsePeopleLdif(text, { onRow, report })
  else readCsv(text, { file, onRow, report })
  const { byUid, repeats } = indexByUid(persons, report)
  const [without] = persons.filter(isWithout)
  if (without !== undefined) {
    const count = persons.filter(isWithout).length
    const who = count === 1 ? '1 person has' : `${count} people have`
    report(String(without.line), `${who} no mail address; this is the first`)
  }
  return {
    persons: persons.filter(person => person.addresses.length > 0 && !repeats.has(person)),
    find: uid => byUid.get(uidKey(uid)),
    problems,
  }
}

/**
 * Equal for uids that differ in case only.
 * @example uidKey('Joe') // 'joe'
 */
export function uidKey(uid: string): string {
  return uid.normalize('NFC').toLowerCase()
}

function readCsv(text: string, { file, ...sink }: RowSink & { file: string }): void {
  try {
    parsePeopleCsv(text, sink)
  } catch (error) {
    if (!(error instanceof PeopleFormatError)) throw error
    const place = error.where === '' ? file : `${file}:${error.where}`
    throw new SourceError('source', `${place} ${error.message}`)
  }
}

function isWithout({ uid, addresses }: ListedPerson): boolean {
  return uid !== undefined && addresses.length === 0
}

interface PersonReading {
  readonly addressesOf: typeof addressesOfList
  readonly isBroken: IsBroken
  readonly report: Report
}

function readPerson({ line, uid, mail }: PeopleRow, reading: PersonReading): ListedPerson {
  const { addressesOf, isBroken, report } = reading
  const addresses = new Set<string>()
  for (const cell of mail) {
    const found = addressesOf(cell.text, isBroken)
    for (const address of found.addresses) addresses.add(address)
    if (found.refused.length === 0) continue
    const where = cell.where()
    for (const word of found.refused) {
      report(where, refusalOf(word, isBroken, 'is not a mail address'))
    }
  }
  return { uid: readUid(uid, reading), addresses: [...addresses], line }
}

function readUid(cell: Cell | undefined, { isBroken, report }: PersonReading): string | undefined {
  if (cell === undefined || cell.text === '') return undefined
  if (!/\p{Cc}/u.test(cell.text) && !isBroken(cell.text)) return cell.text
  report(cell.where(), refusalOf(cell.text, isBroken, 'is not a uid: it has control characters'))
  return undefined
}

function refusalOf(text: string, isBroken: IsBroken, otherwise: string): string {
  const reason = isBroken(text)
    ? 'has letters beyond ASCII, and the file is not UTF-8; save it in UTF-8'
    : otherwise
  return `${quote(text)} ${reason}`
}

// A repeated row, as from joining two lists, is not a contradiction.
function indexByUid(persons: readonly ListedPerson[], report: Report) {
  const firsts = new Map<string, ListedPerson>()
  const ambiguous = new Set<string>()
  const repeats = new Set<ListedPerson>()
  for (const person of persons) {
    // A key with a line feed is never that of a uid.
    const key = person.uid === undefined ? `\n${person.addresses.join()}` : uidKey(person.uid)
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, person)
    else if (first.addresses.join() === person.addresses.join()) repeats.add(person)
    else {
      ambiguous.add(key)
      const reason = `uid ${quote(person.uid ?? '')} is also on line ${first.line}, with other addresses; neither is taken`
      report(String(person.line), reason)
    }
  }
  for (const key of ambiguous) firsts.delete(key)
  return { byUid: firsts, repeats }
}
