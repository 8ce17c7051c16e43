// Reads people from LDIF (RFC 2849), as ldapsearch, ldifde and export tools write it. Only whole entries and those with
// `changetype: add` count; other changes are not applied.
import { isUtf8 } from 'node:buffer'
import { baseName } from '../ldap/attribute-names.ts'
import type { Cell, PeopleRow, Report, RowSink } from './people-row.ts'
import { quote } from './people-text.ts'

const uidNames = ['uid', 'samaccountname']
const mailNames = ['mail', 'rfc822mailbox', 'mailalternateaddress']
const wanted = new Set([...uidNames, ...mailNames, 'proxyaddresses'])

// Records that ldapsearch prints after the entries, and referrals to other servers.
const noEntries = /^(?:search|result|ref)$/

/** Whether the text is LDIF, by its first line that is not a comment. */
export function isLdif(text: string): boolean {
  for (const { text: line } of unfold(text)) {
    if (line !== '') return /^(?:version|dn):/i.test(line)
  }
  return false
}

/** Passes on the entries. Reports everything else, and the problems of entries. */
export function parsePeopleLdif(text: string, { onRow, report }: RowSink): void {
  let isFirst = true
  let record: LdifLine[] = []
  const finish = () => {
    if (record.length === 0) return
    const row = readRecord(record, report)
    if (row !== undefined) onRow(row)
    isFirst = false
    record = []
  }
  for (const line of unfold(text)) {
    if (line.text === '') finish()
    // The version line may stand directly before an entry, without a blank line.
    else if (!isFirst || record.length > 0 || !isVersion(line, report)) record.push(line)
  }
  finish()
}

interface LdifLine {
  readonly text: string
  readonly line: number
}

// Section 2, note 2: a line that begins with a blank continues the line before, even a comment.
function* unfold(text: string): Generator<LdifLine> {
  let parts: string[] = []
  let first = 1
  let line = 0
  let at = 0
  while (at <= text.length) {
    const end = text.indexOf('\n', at)
    const content = text.slice(at, end < 0 ? text.length : end)
    line++
    if (content.startsWith(' ') && parts.length > 0) parts.push(content.slice(1))
    else {
      if (parts.length > 0 && parts[0]?.[0] !== '#') yield { text: parts.join(''), line: first }
      if (content === '') yield { text: '', line }
      parts = content === '' ? [] : [content]
      first = line
    }
    at = end < 0 ? text.length + 1 : end + 1
  }
  if (parts.length > 0 && parts[0]?.[0] !== '#') yield { text: parts.join(''), line: first }
}

function isVersion({ text, line }: LdifLine, report: Report): boolean {
  const version = /^version:\s*(.*)$/i.exec(text)?.[1]
  if (version !== undefined && version.trim() !== '1') {
    report(`${line}:1`, `is version ${quote(version)} of LDIF; only version 1 can be read`)
  }
  return version !== undefined
}

function readRecord(lines: readonly LdifLine[], report: Report): PeopleRow | undefined {
  const [first] = lines as [LdifLine]
  const name = /^[^:]*/.exec(first.text)?.[0].toLowerCase() ?? ''
  if (name !== 'dn') {
    if (!noEntries.test(name))
      report(`${first.line}:1`, `${quote(first.text)} does not begin an entry; write dn:`)
    return undefined
  }
  const found = new Map<string, Cell[]>()
  for (const line of lines.slice(1)) {
    const attribute = readAttribute(line, report)
    if (attribute === undefined) continue
    if (attribute.name === 'changetype' && attribute.cell.text.toLowerCase() !== 'add') {
      report(`${line.line}:1`, `${quote(line.text)} changes an entry; only whole entries count`)
      return undefined
    }
    const cells = found.get(attribute.name)
    if (cells === undefined) found.set(attribute.name, [attribute.cell])
    else cells.push(attribute.cell)
  }
  const cells = (names: readonly string[]) => names.flatMap(name => found.get(name) ?? [])
  // Active Directory's primary address comes first, whatever the order of the values.
  const rank = ({ text }: Cell) => (text.startsWith('SMTP:') ? 0 : 1)
  const proxies = cells(['proxyaddresses']).sort((a, b) => rank(a) - rank(b))
  const uids = cells(uidNames)
  // The first of several that is usable.
  const uid = uids.find(({ text }) => text !== '' && !/\p{Cc}/u.test(text)) ?? uids[0]
  return { line: first.line, uid, mail: [...cells(mailNames), ...proxies] }
}

function readAttribute(
  { text, line }: LdifLine,
  report: Report,
): { name: string; cell: Cell } | undefined {
  const colon = text.indexOf(':')
  if (colon < 1) {
    report(
      `${line}:1`,
      `${quote(text)} is not a line of LDIF; write an attribute, a colon and a value`,
    )
    return undefined
  }
  const name = baseName(text.slice(0, colon))
  if (name !== 'changetype' && !wanted.has(name)) return undefined
  const sign = text[colon + 1] ?? ''
  const isPlain = sign !== ':' && sign !== '<'
  const raw = text.slice(colon + (isPlain ? 1 : 2)).trim()
  const where = () =>
    `${line}:${text.length - text.slice(colon + (isPlain ? 1 : 2)).trimStart().length + 1}`
  if (sign === '<') {
    report(where(), `${name} refers to a file, which is not read; write the value itself`)
    return undefined
  }
  if (isPlain) return { name, cell: { text: raw, where } }
  if (!/^[A-Za-z\d+/]*={0,2}$/.test(raw)) {
    report(where(), `${name} is not base64`)
    return undefined
  }
  const bytes = Buffer.from(raw, 'base64')
  if (isUtf8(bytes)) return { name, cell: { text: bytes.toString().trim(), where } }
  report(where(), `${name} is base64 of text that is not UTF-8; encode it in UTF-8`)
  return undefined
}
