// One line of an access log in Apache's common or combined format, with any fields behind it, such as the TLS fields of
// IHS, the Cookie header or times, and perhaps a virtual host before it. Decides nothing.
import { mayBeAddresses, parseHead } from './line-head.ts'
import { parseLogTime } from './log-time.ts'

export interface LogLine {
  /** `%h`: a network address, or a host name if Apache looks names up. */
  readonly client: string
  /** `%v:%p` or `%v` at the start of the line, or text that looks like it. */
  readonly virtualHost: string | undefined
  /** All items before `%h`. */
  readonly leads: readonly string[]
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  /** The request-target as it was sent; undefined unless it is a GET or HEAD that the gate would read. */
  readonly target: string | undefined
  /** 0 where the log has `-`. */
  readonly status: number
  /** Position behind `%b`: of a blank, or the end of the line. */
  readonly rest: number
}

/** Undefined when the line is not understood. Linear in the line's length. */
export function parseLogLine(line: string): LogLine | undefined {
  // The first match: nothing before it can contain a bare quote, because Apache escapes quotes in user names.
  const close = line.indexOf('] "')
  const open = close < 0 ? -1 : line.lastIndexOf('[', close)
  if (open < 1) return undefined
  const timeMs = parseLogTime(line.slice(open + 1, close))
  const start = close + 3
  const end = findClosingQuote(line, start)
  // IBM's examples have lines without the blank.
  const statusAt = line[end + 1] === ' ' ? end + 2 : end + 1
  const status = end < 0 ? undefined : readStatus(line, statusAt)
  if (timeMs === undefined || status === undefined) return undefined
  const rest = findEndOfSize(line, statusAt + (status === 0 ? 1 : 3))
  const head = rest < 0 ? undefined : parseHead(line, open - 1)
  if (head === undefined) return undefined
  const { client, leads } = head
  return {
    client,
    leads,
    virtualHost: leads.find(lead => !mayBeAddresses(lead)) ?? leads.find(isVirtualHost),
    timeMs,
    target: readTarget(line, start, end),
    status,
    rest,
  }
}

// `%v:%p` by address.
function isVirtualHost(lead: string): boolean {
  return !/[-, ]|unknown/.test(lead)
}

/** A field after `%b`, counted from 0, without its quotes and still escaped. */
export interface LogField {
  readonly text: string
  readonly isQuoted: boolean
}

/** Undefined when the line has no such field, or is cut off in it. */
export function findField(line: string, rest: number, wanted: number): LogField | undefined {
  // Without an object for each field on the way: replay looks at every line.
  let at = rest
  for (let field = 0; line[at] === ' '; field++) {
    const isQuoted = line[at + 1] === '"'
    const start = at + (isQuoted ? 2 : 1)
    const end = isQuoted ? findClosingQuote(line, start) : findBlank(line, start)
    if (end < 0) return undefined
    if (field === wanted) return { text: line.slice(start, end), isQuoted }
    at = isQuoted ? end + 1 : end
  }
  return undefined
}

/** The fields after `%b`, at most `max`, up to one that is cut off. */
export function readFields(line: string, rest: number, max: number): readonly LogField[] {
  const fields: LogField[] = []
  let field = readField(line, rest)
  while (field !== undefined && fields.length < max) {
    fields.push(field)
    field = readField(line, field.end)
  }
  return fields
}

// `at`: of the blank before the field.
function readField(line: string, at: number): (LogField & { readonly end: number }) | undefined {
  if (line[at] !== ' ') return undefined
  const isQuoted = line[at + 1] === '"'
  const start = at + (isQuoted ? 2 : 1)
  const end = isQuoted ? findClosingQuote(line, start) : findBlank(line, start)
  if (end < 0) return undefined
  return { text: line.slice(start, end), isQuoted, end: isQuoted ? end + 1 : end }
}

const doubleQuote = 34
const backslash = 92

const controls: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * Reverses Apache's ap_escape_logitem: `\"`, `\\`, `\n` and the like, `\xhh`. Linear.
 * @example unescapeField('a\\x20\\"b') // 'a "b'
 */
export function unescapeField(text: string): string {
  let at = text.indexOf('\\')
  if (at < 0) return text
  let plain = ''
  let from = 0
  for (; at >= 0 && at + 1 < text.length; at = text.indexOf('\\', from)) {
    const char = text[at + 1] as string
    const code = char === 'x' || char === 'X' ? readHex(text, at + 2) : undefined
    plain += text.slice(from, at)
    plain += code === undefined ? (controls[char] ?? char) : String.fromCharCode(code)
    from = at + (code === undefined ? 2 : 4)
  }
  return plain + text.slice(from)
}

function readHex(text: string, at: number): number | undefined {
  const digits = text.slice(at, at + 2)
  return /^[\da-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined
}

// The first unescaped quote. Linear, also with many backslashes.
function findClosingQuote(line: string, from: number): number {
  const quote = line.indexOf('"', from)
  if (quote <= from || line.charCodeAt(quote - 1) !== backslash) return quote
  for (let at = from; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code === backslash) at++
    else if (code === doubleQuote) return at
  }
  return -1
}

function findBlank(line: string, from: number): number {
  const blank = line.indexOf(' ', from)
  return blank < 0 ? line.length : blank
}

// `200 ` or `- `.
function readStatus(line: string, at: number): number | undefined {
  if (line[at] === '-' && line[at + 1] === ' ') return 0
  const status = digit(line, at) * 100 + digit(line, at + 1) * 10 + digit(line, at + 2)
  return line[at + 3] === ' ' && status >= 100 ? status : undefined
}

function digit(line: string, at: number): number {
  const code = line.charCodeAt(at)
  return code >= 48 && code <= 57 ? code - 48 : Number.NaN
}

// Behind the blank: digits or `-`. IBM's examples have lines with nothing for `%b`; then more must follow, otherwise the
// line is cut off.
function findEndOfSize(line: string, blank: number): number {
  const start = blank + 1
  const end = findBlank(line, start)
  if (end === start) return end < line.length ? end : -1
  if (end === start + 1 && line[start] === '-') return end
  if (end < line.length && isLetter(line.charCodeAt(start))) return blank
  for (let at = start; at < end; at++) if (Number.isNaN(digit(line, at))) return -1
  return end
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

// The gate reads at most 16 KiB of headers, and a character that it may read is escaped with at most two.
const maxTargetLength = 2 * 16 * 1024

const unsendable = /[^\x21-\x7e]/

// Exactly `GET target HTTP/x.y`, or `GET target`, which is HTTP/0.9 and forwarded by fronts as HTTP/1.1. Node's parser
// refuses everything else before the gate sees it.
function readTarget(line: string, start: number, end: number): string | undefined {
  const isGet = line.startsWith('GET ', start)
  if (!isGet && !line.startsWith('HEAD ', start)) return undefined
  const from = start + (isGet ? 4 : 5)
  const blank = line.indexOf(' ', from)
  const isOld = blank < 0 || blank > end
  if (!isOld && (blank !== end - 9 || !isVersion(line, blank + 1))) return undefined
  const until = isOld ? end : blank
  if (until - from > maxTargetLength) return undefined
  const target = unescapeField(line.slice(from, until))
  return unsendable.test(target) ? undefined : target
}

function isVersion(line: string, at: number): boolean {
  if (!line.startsWith('HTTP/', at) || line[at + 6] !== '.') return false
  return !Number.isNaN(digit(line, at + 5) + digit(line, at + 7))
}
