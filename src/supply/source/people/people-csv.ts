// Reads people from CSV in the dialects that spreadsheets and export scripts write: the header line tells the delimiter
// and the columns. Chooses the cells that count; does not interpret them.
import type { CsvError, InfoRecord } from 'csv-parse/sync'
import { parse } from 'csv-parse/sync'
import type { RecordPlace } from './csv-places.ts'
import { buildPlaces } from './csv-places.ts'
import type { Cell, PeopleRow, RowSink } from './people-row.ts'
import { quote } from './people-text.ts'

/** Why a file cannot be used, worded to follow its name; `where` is a line, or empty. */
export class PeopleFormatError extends Error {
  readonly where: string

  constructor(where: string, message: string) {
    super(message)
    this.where = where
  }
}

// Header names in lower case without punctuation and blanks; the first that is found counts.
const uidNames = [
  ...['profuid', 'uid', 'userid', 'samaccountname', 'shortname', 'username', 'loginname', 'login'],
  ...['benutzername', 'benutzerkennung', 'benutzerid', 'kennung', 'anmeldename', 'kurzname'],
  ...['identifiant', 'nomdutilisateur', 'utilisateur'],
]
const mailNames = [
  ...['profmail', 'mail', 'email', 'emailaddress', 'mailaddress', 'internetaddress'],
  ...['emailadresse', 'mailadresse', 'epost', 'epostadresse'],
  ...['courriel', 'adresseemail', 'adressemail', 'adressecourriel', 'adresseelectronique', 'mel'],
]
const aliasName =
  /^(?:alias|aliases|proxyaddress|proxyaddresses|othermails?|othermailbox|e?mail[2-9]|rfc822mailbox|mailalternateaddress)$/

const delimiters = [',', ';', '\t', '|']
const maxHeaderLength = 65_536
// No rtrim: with skip_records_with_error, text behind a closing quote would end the reading without an error.
const dialect = {
  record_delimiter: '\n',
  skip_empty_lines: true,
  relax_column_count: true,
  ltrim: true,
} as const

interface Columns {
  readonly delimiter: string
  readonly count: number
  readonly uid: number | undefined
  /** In order of importance. */
  readonly mail: readonly number[]
}

interface Start {
  /** Bytes before the header. */
  readonly offset: number
  readonly line: number
  readonly delimiter: string | undefined
}

/**
 * Passes on complete rows, and reports the problems of the others.
 * @throws PeopleFormatError
 */
export function parsePeopleCsv(text: string, { onRow, report }: RowSink): void {
  const bytes = Buffer.from(text)
  const start = findHeader(text)
  const columns = readHeader(bytes.subarray(start.offset), start)
  const body = bytes.subarray(start.offset)
  const places = buildPlaces(body, start.line, columns.delimiter)
  let isHeader = true
  const onRecord = (cells: string[], { bytes: end }: InfoRecord) => {
    const record = places.next(end, cells)
    if (isHeader) isHeader = false
    else if (cells.slice(columns.count).some(cell => cell.trim() !== '')) {
      const reason = `has ${cells.length} cells, and the header ${columns.count}; put cells with ${nameOf(columns.delimiter)} in double quotes`
      report(String(record.line), reason)
    } else onRow(rowOf(cells, columns, record))
    return null
  }
  let reportedLine = 0
  const onSkip = (error: CsvError | undefined) => {
    const { line, where } = places.skip(Number(error?.bytes ?? 0))
    if (error?.code === 'CSV_QUOTE_NOT_CLOSED') {
      throw new PeopleFormatError(where, 'has a double quote that is never closed')
    }
    if (line !== reportedLine) report(where, 'has a double quote inside a cell; double it')
    reportedLine = line
  }
  parse(body, {
    ...{ ...dialect, delimiter: columns.delimiter, skip_records_with_error: true },
    ...{ on_record: onRecord as never, on_skip: onSkip as never },
  })
}

// PowerShell begins with `#TYPE …`, and Excel may be told the delimiter by `sep=;`.
function findHeader(text: string): Start {
  let delimiter: string | undefined
  let line = 1
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\n', at)
    const content = text.slice(at, end < 0 ? undefined : end)
    const said = /^"?sep=([^"])"?$/i.exec(content)?.[1]
    if (said === undefined && !/^(?:#|\s*$)/.test(content)) break
    delimiter = said ?? delimiter
    at = end < 0 ? text.length : end + 1
    line++
  }
  return { offset: Buffer.byteLength(text.slice(0, at)), line, delimiter }
}

function readHeader(body: Buffer, { line, delimiter }: Start): Columns {
  const head = body.subarray(0, maxHeaderLength)
  const candidates = (delimiter === undefined ? delimiters : [delimiter]).map(candidate =>
    findColumns(cellsOfHeader(head, candidate), candidate),
  )
  const known = ({ uid, mail }: Columns) => mail.length + (uid === undefined ? 0 : 1)
  const [best] = candidates.sort((a, b) => known(b) - known(a) || b.count - a.count)
  const advice = 'write a first line that names the columns, such as uid,mail'
  if (body.length === 0) throw new PeopleFormatError('', `is empty; ${advice}`)
  if (best === undefined || best.mail.length === 0) {
    const text = head.toString().split('\n', 1)[0] as string
    // A single word is not quoted: the file may be a password file, named here by mistake.
    const first = delimiters.some(one => text.includes(one)) ? quote(text) : 'this'
    throw new PeopleFormatError(String(line), `${first} does not name a column mail; ${advice}`)
  }
  // A single column needs no delimiter, and commas may stand between addresses.
  return best.count === 1 ? { ...best, delimiter: '\t' } : best
}

function cellsOfHeader(head: Buffer, delimiter: string): string[] {
  try {
    return (parse(head, { ...dialect, delimiter, to: 1 })[0] ?? []).map(name =>
      name
        .normalize('NFD')
        .toLowerCase()
        .replace(/[^a-z\d]/g, ''),
    )
  } catch {
    return []
  }
}

function findColumns(names: readonly string[], delimiter: string): Columns {
  const uid = uidNames.map(name => names.indexOf(name)).find(at => at >= 0)
  const every = (isMeant: (name: string) => boolean) =>
    names.flatMap((name, at) => (isMeant(name) ? [at] : []))
  const main = mailNames.flatMap(wanted => every(name => name === wanted))
  return {
    ...{ delimiter, count: names.length, uid },
    mail: [...main, ...every(name => aliasName.test(name))],
  }
}

function rowOf(cells: readonly string[], { uid, mail }: Columns, record: RecordPlace): PeopleRow {
  const cellAt = (at: number | undefined): Cell | undefined => {
    const text = at === undefined ? undefined : cells[at]?.trim()
    return at === undefined || text === undefined || text === ''
      ? undefined
      : { text, where: () => record.where(at) }
  }
  return {
    line: record.line,
    uid: cellAt(uid),
    mail: mail.map(cellAt).filter(cell => cell !== undefined),
  }
}

function nameOf(delimiter: string): string {
  return delimiter === '\t' ? 'a tab' : `a ${delimiter}`
}
