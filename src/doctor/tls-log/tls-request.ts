// One request of an access log, and how it was encrypted. Reads the common and combined formats with TLS fields behind
// them, and mod_ssl's own ssl_request_log. Never keeps a query, a cookie or a Referer.
import type { LogField } from '../../replay/log-line.ts'
import { parseLogLine, readFields, unescapeField } from '../../replay/log-line.ts'
import { parseLogTime } from '../../replay/log-time.ts'
import type { TlsLayout } from './tls-layout.ts'
import { isBlank, readTlsFields } from './tls-layout.ts'
import type { TlsVersion } from './tls-version.ts'
import { applicationOf } from './url-application.ts'

export interface TlsRequest {
  /** The peer of the TLS connection: an address or a host name; empty when it is not logged. */
  readonly client: string
  /** Milliseconds since the epoch; undefined when no time is logged. */
  readonly timeMs: number | undefined
  /** The first part of the path: `/files/`. */
  readonly application: string
  /** Empty when none was sent, undefined when it is not logged. */
  readonly agent: string | undefined
  /** `plain`: without TLS. Undefined: the line does not say. */
  readonly version: TlsVersion | 'plain' | undefined
  readonly cipher: string | undefined
}

/** A line of an access log, before its layout is known. */
export interface AccessLine extends Pick<TlsRequest, 'client' | 'timeMs' | 'application'> {
  /** Behind `%b`; of ssl_request_log between the client and the request. */
  readonly fields: readonly LogField[]
}

const maxFields = 32
const maxClient = 255

/** Undefined when it is no such line. Linear in the line's length. */
export function parseAccessLine(line: string): AccessLine | undefined {
  return parseCombined(line) ?? parseSslRequestLine(line) ?? parseHeadless(line)
}

export function readAccessLine(line: AccessLine, layout: TlsLayout): TlsRequest {
  const { client, timeMs, application, fields } = line
  const { version, cipher, agent } = readTlsFields(fields, layout)
  const name = agent?.includes('\\') ? unescapeField(agent) : agent
  return { client, timeMs, application, version, cipher, agent: name }
}

function parseCombined(line: string): AccessLine | undefined {
  const parsed = parseLogLine(line)
  if (parsed === undefined) return undefined
  return {
    client: clientOf(parsed.client),
    timeMs: parsed.timeMs,
    application: applicationOf(line, line.indexOf('] "') + 3),
    fields: readFields(line, parsed.rest, maxFields),
  }
}

function clientOf(text: string): string {
  return text.length > maxClient || text === '-' ? '' : text
}

// `%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b`, as Apache's own ssl.conf has it.
function parseSslRequestLine(line: string): AccessLine | undefined {
  const close = line[0] === '[' ? line.indexOf('] ') : -1
  const quote = close < 0 ? -1 : line.indexOf(' "', close)
  const timeMs = quote < 0 ? undefined : parseLogTime(line.slice(1, close))
  if (timeMs === undefined || quote > maxHead) return undefined
  const [client = '', ...words] = line.slice(close + 2, quote).split(' ')
  const fields = words.map(text => ({ text, isQuoted: false }))
  const application = applicationOf(line, quote + 2)
  return { client: clientOf(client), timeMs, application, fields }
}

const maxHead = 1_000

// A line whose beginning was cut off, as in a mail to a colleague: `"GET /files/ HTTP/1.1" 200 168770 CIPHER TLSV1`.
const nobody = '- - - [01/Jan/1970:00:00:00 +0000] '

function parseHeadless(line: string): AccessLine | undefined {
  const text = straighten(line)
  if (text[0] !== '"') return undefined
  const parsed = parseCombined(nobody + text)
  const says = parsed?.fields.some(({ text }) => !isBlank(text))
  return says ? { ...(parsed as AccessLine), client: '', timeMs: undefined } : undefined
}

// The curly quotes of word processors and web pages, in UTF-8 read as latin1 and in Windows-1252.
function straighten(line: string): string {
  return line.startsWith('\xe2\x80') || line[0] === '\x93'
    ? line.replace(/\xe2\x80[\x9c\x9d\x9e\x9f]|[\x93\x94]/g, '"')
    : line
}
