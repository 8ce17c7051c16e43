// Which fields behind `%b` are TLS version, cipher suite and User-Agent. A log does not contain its format, so they are
// found by their contents. Clients write Referer, User-Agent and cookies, and may write `TLSv1` into them: a quoted field
// counts only when no line of the sample has anything else there.
import type { LogField } from '../../replay/log-line.ts'
import { isCipherName } from './cipher-name.ts'
import type { TlsVersion } from './tls-version.ts'
import { parseTlsVersion } from './tls-version.ts'

/** Positions behind `%b`, from 0. */
export interface TlsLayout {
  readonly version: number | undefined
  readonly cipher: number | undefined
  readonly agent: number | undefined
  /** Whether further lines could not tell more. */
  readonly isSettled: boolean
}

export interface TlsFields {
  /** `plain`: the request came without TLS. Undefined: the line does not say. */
  readonly version: TlsVersion | 'plain' | undefined
  readonly cipher: string | undefined
  /** As it is logged, still escaped; empty when none was sent, undefined when the log has none. */
  readonly agent: string | undefined
}

type TailFields = readonly LogField[]

/** `sample`: the fields of some lines. */
export function learnLayout(sample: readonly TailFields[]): TlsLayout {
  const width = sample.reduce((most, fields) => Math.max(most, fields.length), 0)
  const columns = [...Array(width).keys()].map(at => countColumn(sample, at))
  const found = columns
    .map((column, at) => ({ at, column, cipher: findCipher(columns, at) }))
    .filter(({ column, cipher }) => isVersionColumn(column, cipher !== undefined, sample.length))
    .toSorted((a, b) => b.column.versions - a.column.versions)[0]
  const others = columns.map((column, at) =>
    at === found?.at || at === found?.cipher ? undefined : column,
  )
  const agent = findAgent(others)
  const hasAgent = agent !== undefined && (columns[agent]?.values ?? 0) > 0
  return {
    version: found?.at,
    cipher: found?.cipher,
    agent,
    // A quoted field that has been empty so far may be the User-Agent.
    isSettled: found !== undefined && (hasAgent || !columns.some(isQuotedBlank)),
  }
}

interface Column {
  versions: number
  /** With a suite in the same field: `TLSv1.2/AES128-SHA`. */
  joined: number
  ciphers: number
  agents: number
  urls: number
  /** `name=value`, as cookies begin. */
  pairs: number
  /** Neither `-` nor empty. */
  values: number
  quoted: boolean
}

// `Mozilla/5.0 …`, `Java/1.6.0_45`, `Notes/9.0`. A Referer has a colon before its slash, a cookie an equals sign.
const agentPattern = /^[A-Za-z][\w .+-]{0,60}\/[\d.]/

function countColumn(sample: readonly TailFields[], at: number): Column {
  const column = {
    versions: 0,
    joined: 0,
    ciphers: 0,
    agents: 0,
    urls: 0,
    pairs: 0,
    values: 0,
    quoted: false,
  }
  for (const fields of sample) {
    const field = fields[at]
    if (field === undefined) continue
    const { text, isQuoted } = field
    if (isQuoted) column.quoted = true
    if (isBlank(text)) continue
    column.values++
    const { version, cipher } = splitField(text)
    if (version !== undefined) column.versions++
    if (version !== undefined && cipher !== undefined) column.joined++
    if (isCipherName(text)) column.ciphers++
    if (agentPattern.test(text)) column.agents++
    if (/^[a-z]+:\/\//i.test(text)) column.urls++
    if (/^[^\s=;]{1,100}=/.test(text)) column.pairs++
  }
  return column
}

function isVersionColumn(column: Column, hasCipher: boolean, lines: number): boolean {
  if (column.versions === 0 || column.versions * 10 < column.values * 9) return false
  return !column.quoted || hasCipher || column.joined > 0 || column.versions * 2 > lines
}

function isQuotedBlank({ quoted, values }: Column): boolean {
  return quoted && values === 0
}

// By its contents; otherwise the second of the two quoted fields that the combined format has, unless it has cookies.
function findAgent(columns: readonly (Column | undefined)[]): number | undefined {
  const isQuoted = (column: Column | undefined) => column?.quoted === true
  const named = columns.findIndex(
    column => column?.quoted && column.pairs === 0 && isMost(column.agents, column),
  )
  if (named >= 0) return named
  const referer = columns.findIndex(isQuoted)
  const [first, second] = [columns[referer], columns[referer + 1]]
  const isCombined = second?.quoted && second.pairs === 0
  return isCombined && first?.values === first?.urls ? referer + 1 : undefined
}

// Right beside the version, before or behind it.
function findCipher(columns: readonly Column[], version: number): number | undefined {
  return [version - 1, version + 1].find(at => {
    const column = columns[at]
    return column !== undefined && column.ciphers > 0 && column.ciphers * 10 >= column.values * 9
  })
}

function isMost(count: number, { values }: Column): boolean {
  return count > 0 && count * 2 >= values
}

export function isBlank(text: string): boolean {
  return text === '-' || text === ''
}

/** Reads one line by the layout; a version that is not where the layout has it is found when it is not quoted. */
export function readTlsFields(fields: TailFields, layout: TlsLayout): TlsFields {
  const agentField = layout.agent === undefined ? undefined : fields[layout.agent]
  const agent = agentField && (isBlank(agentField.text) ? '' : agentField.text)
  const field = layout.version === undefined ? undefined : fields[layout.version]
  if (field !== undefined) {
    const { version, cipher } = splitField(field.text)
    if (version !== undefined) {
      return { version, cipher: cipher ?? cipherAt(fields, layout.cipher), agent }
    }
    if (isBlank(field.text)) return { version: 'plain', cipher: undefined, agent }
  }
  return { ...findUnquoted(fields), agent }
}

function cipherAt(fields: TailFields, at: number | undefined): string | undefined {
  const text = at === undefined ? undefined : fields[at]?.text
  return text !== undefined && isCipherName(text) ? text : undefined
}

// What clients send is logged in quotes, so a bare version is the server's. The format may change within a log.
function findUnquoted(fields: TailFields): Pick<TlsFields, 'version' | 'cipher'> {
  for (const [at, { text, isQuoted }] of fields.entries()) {
    if (isQuoted) continue
    const { version, cipher } = splitField(text)
    if (version === undefined) continue
    const beside = [at - 1, at + 1].find(near => {
      const other = fields[near]
      return other !== undefined && !other.isQuoted && isCipherName(other.text)
    })
    return { version, cipher: cipher ?? cipherAt(fields, beside) }
  }
  return { version: undefined, cipher: undefined }
}

/** `TLSv1.2`, `TLSv1.2/AES128-SHA` or `AES128-SHA/TLSv1.2`. */
function splitField(text: string): { version?: TlsVersion; cipher?: string } {
  const slash = text.indexOf('/')
  if (slash < 0) {
    const version = parseTlsVersion(text)
    return version === undefined ? {} : { version }
  }
  const [before, behind] = [text.slice(0, slash), text.slice(slash + 1)]
  const [first, second] = [parseTlsVersion(before), parseTlsVersion(behind)]
  if (first !== undefined && isCipherName(behind)) return { version: first, cipher: behind }
  if (second !== undefined && isCipherName(before)) return { version: second, cipher: before }
  return {}
}
