// One line of an access log in Apache's common or combined format, with whatever follows: the TLS fields of
// IHS, the Cookie header, times. A virtual host may stand before. Judges nothing.
import { isIP } from 'node:net'
import { parseLogTime } from './log-time.ts'

export interface LogLine {
  /** `%h`: an address, or a host name where Apache looks them up. */
  readonly client: string
  /** `%v:%p` or `%v`, where the line starts with it. */
  readonly virtualHost: string | undefined
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  /** As the client sent it, undecoded; undefined unless it is a GET or HEAD that the gate would read. */
  readonly target: string | undefined
  /** 0 where the log has `-`. */
  readonly status: number
  /** Where what comes after `%b` starts in the line: a blank, or the end. */
  readonly rest: number
}

const hostPattern = /^[\w.:[\]-]{1,300}$/

/** Undefined: not understood. Linear in the line's length. */
export function parseLogLine(line: string): LogLine | undefined {
  // The first: nothing before it can hold a bare quote, for Apache escapes those of user names.
  const close = line.indexOf('] "')
  const open = close < 0 ? -1 : line.lastIndexOf('[', close)
  if (open < 1) return undefined
  const timeMs = parseLogTime(line.slice(open + 1, close))
  const start = close + 3
  const end = findClosingQuote(line, start)
  const status = end < 0 ? undefined : readStatus(line, end + 1)
  if (timeMs === undefined || status === undefined) return undefined
  const rest = findEndOfSize(line, end + 5 - (status === 0 ? 2 : 0))
  const endOfClient = findEndOfClient(line, open - 1)
  if (rest < 0 || endOfClient === 0) return undefined
  const client = line.lastIndexOf(' ', endOfClient - 1) + 1
  // Names of hosts are printed, and a LogFormat may as well begin with the cookies.
  if (client > 0 && !hostPattern.test(line.slice(0, client - 1))) return undefined
  return {
    client: line.slice(client, endOfClient),
    virtualHost: client === 0 ? undefined : line.slice(0, client - 1),
    timeMs,
    target: readTarget(line, start, end),
    status,
    rest,
  }
}

/** A field after `%b`, counted from 0, without its quotes and still escaped. */
export interface LogField {
  readonly text: string
  readonly isQuoted: boolean
}

/** Undefined: there is none, or the line breaks off in it. */
export function findField(line: string, rest: number, wanted: number): LogField | undefined {
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

const controls: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Takes back what Apache's ap_escape_logitem did: `\"`, `\\`, `\n` and its like, `\xhh`. */
export function unescapeField(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/gis, (_, hex?: string, char = '') =>
    hex === undefined ? (controls[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

// A quote with an even number of backslashes before it. Each backslash is counted once, for one quote.
function findClosingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    let before = at
    while (before > from && line[before - 1] === '\\') before--
    if ((at - before) % 2 === 0) return at
  }
  return -1
}

function findBlank(line: string, from: number): number {
  const blank = line.indexOf(' ', from)
  return blank < 0 ? line.length : blank
}

// ` 200 ` or ` - `.
function readStatus(line: string, at: number): number | undefined {
  if (line[at] !== ' ') return undefined
  if (line[at + 1] === '-' && line[at + 2] === ' ') return 0
  const status = digit(line, at + 1) * 100 + digit(line, at + 2) * 10 + digit(line, at + 3)
  return line[at + 4] === ' ' && status >= 100 ? status : undefined
}

function digit(line: string, at: number): number {
  const code = line.charCodeAt(at)
  return code >= 48 && code <= 57 ? code - 48 : Number.NaN
}

// Behind the blank: digits, or `-`.
function findEndOfSize(line: string, blank: number): number {
  const start = blank + 1
  const end = findBlank(line, start)
  if (end === start) return -1
  if (end === start + 1 && line[start] === '-') return end
  for (let at = start; at < end; at++) if (Number.isNaN(digit(line, at))) return -1
  return end
}

// Where the client ends in `host ident user` or `virtual-host host ident user`, up to `end`; 0: it is neither. A
// user name may hold blanks.
function findEndOfClient(line: string, end: number): number {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  if (line[end] !== ' ' || first < 1 || second < 0 || second >= end) return 0
  // Almost always: no ident, so that what stands before it is the client.
  if (second === first + 2 && line[first + 1] === '-') return first
  const third = line.indexOf(' ', second + 1)
  if (third < 0 || third >= end) return first
  const name = line.slice(0, first)
  const isHost =
    isIP(line.slice(first + 1, second)) !== 0 ||
    (name.includes(':') && !isIP(name)) ||
    // An ident that is none: what stands before it is the client.
    (third === second + 2 && line[second + 1] === '-')
  return isHost ? second : first
}

const unsendable = /[^\x21-\x7e]/

// `GET target HTTP/x.y` to the letter, or `GET target`, which is HTTP/0.9 and answered as well. All else Node's
// parser refuses before the gate sees it.
function readTarget(line: string, start: number, end: number): string | undefined {
  const isGet = line.startsWith('GET ', start)
  if (!isGet && !line.startsWith('HEAD ', start)) return undefined
  const from = start + (isGet ? 4 : 5)
  const blank = line.indexOf(' ', from)
  const isOld = blank < 0 || blank > end
  if (!isOld && (blank !== end - 9 || !isVersion(line, blank + 1))) return undefined
  const target = unescapeField(line.slice(from, isOld ? end : blank))
  return unsendable.test(target) ? undefined : target
}

function isVersion(line: string, at: number): boolean {
  if (!line.startsWith('HTTP/', at) || line[at + 6] !== '.') return false
  return !Number.isNaN(digit(line, at + 5) + digit(line, at + 7))
}
