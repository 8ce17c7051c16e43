// One line of JSON per request. Built by hand: a logger's child, serializers and levels cost as much
// as serving the photo does. Knows no cookie, no token and no header but the user agent, so none can end up in it.

import type { LoggedToken } from '../evidence/sent-tokens.ts'
import { expiryText } from '../ltpa/token.ts'
import { printableText } from '../text/printable.ts'
import { pathText, userAgentText } from './client-text.ts'

/** Where lines go; pino's destination. */
export interface LineSink {
  write(line: string): unknown
}

/** What became of a request, from a closed list. */
export type Reason =
  | 'found'
  | 'not-modified'
  | 'range'
  | 'missing'
  /** Admitted, but what was asked for is not the address of any photo: a URL template may be wrong. */
  | 'no-photo-address'
  | 'placeholder'
  | 'precondition-failed'
  | 'range-unsatisfiable'
  | 'bad-encoding'
  | 'bad-request'
  | 'body'
  | 'method'
  | 'health'
  | 'ready'
  | 'not-ready'
  | 'page'
  | 'error'
  /** Status 499, as nginx has it: the client went before it could be answered. */
  | 'client-gone'
  | 'no-rule'
  /** A rule with `!` would admit, and nobody knows now whose else the photo is. */
  | 'person-unknown'
  /** The Cookie header is longer than is read, and a rule asks for cookies or tokens. */
  | 'cookies-too-long'
  /** The Cookie header has more cookies that rules ask for than are read. */
  | 'cookies-too-many'
  | 'peer-unknown'
  | 'client-header-missing'
  | 'client-header-unparsable'

export interface AccessRecord {
  /** Milliseconds since the epoch, when the request had been read. */
  readonly timeMs: number
  readonly client: string | null
  readonly peer: string | null
  /** One of Node's known methods, or null when none could be read. */
  readonly method: string | null
  /** The canonical address asked for. */
  readonly address: string | null
  /** The request-target of a request that names no photo; undefined where nobody expects one. */
  readonly url?: string | undefined
  readonly status: number
  /** The rule that admitted, `turned-away`, or null where no rule was asked. */
  readonly rule: string | null
  /** Who an LTPA token says the client is, or why it was refused. */
  readonly token?: LoggedToken | undefined
  readonly reason: Reason
  /** Of the body. */
  readonly bytes: number
  readonly milliseconds: number
  /** As it was sent; null when there was none, or no request. */
  readonly userAgent: string | null
  /** The client went before it had everything. */
  readonly isAborted: boolean
}

export function formatAccess(record: AccessRecord): string {
  const { client, peer, method, address, url, status, rule, reason, bytes, userAgent } = record
  return `{"level":"info","time":"${timeText(record.timeMs)}","msg":"request","client":${plain(client)},"peer":${plain(peer)},"method":${plain(method)},"address":${address === null ? 'null' : JSON.stringify(address)}${url === undefined ? '' : `,"path":${pathText(url)}`},"status":${status},"rule":${plain(rule)}${record.token === undefined ? '' : `,"token":${tokenText(record.token)}`},"reason":"${reason}","bytes":${bytes},"milliseconds":${record.milliseconds.toFixed(3)},"userAgent":${userAgent === null ? 'null' : userAgentText(userAgent)}${record.isAborted ? ',"aborted":true' : ''}}\n`
}

// Addresses of the network, methods and rule names have alphabets that need no escape.
function plain(text: string | null): string {
  return text === null ? 'null' : `"${text}"`
}

// A verdict is remembered, and with it whose it is: the same object comes again with each photo.
const texts = new WeakMap<LoggedToken, string>()

function tokenText(token: LoggedToken): string {
  const known = texts.get(token)
  if (known !== undefined) return known
  const { refused, format, realm, user, keyId, expiresMs } = token
  if (user === undefined) return `{"refused":"${refused}"}`
  const expires = expiresMs === undefined ? undefined : expiryText(expiresMs)
  const text = printableText(JSON.stringify({ refused, format, realm, user, keyId, expires }))
  // Refusals are told anew each time; they are not worth the collector's work.
  if (refused === undefined) texts.set(token, text)
  return text
}

let lastMs = 0
let lastText = ''

function timeText(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs
    lastText = new Date(timeMs).toISOString()
  }
  return lastText
}
