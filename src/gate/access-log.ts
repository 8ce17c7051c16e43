// One line of JSON per request. Formatted by hand: a logger's child, serializers and levels cost as much as serving the
// photo. Receives no cookie, no token text and no header but the user agent, so none of them can reach the log.

import type { LoggedPass } from '../evidence/sent-passes.ts'
import type { LoggedToken } from '../evidence/sent-tokens.ts'
import type { LinkRefusal } from '../evidence/signed-link.ts'
import { expiryText } from '../ltpa/token.ts'
import { printableText } from '../text/printable.ts'
import { pathText, userAgentText } from './client-text.ts'

/** Receives the lines, such as pino's destination. */
export interface LineSink {
  write(line: string): unknown
}

/** The outcome of a request, from a closed list. */
export type Reason =
  | 'found'
  | 'not-modified'
  | 'range'
  | 'missing'
  /** Admitted, but the request names no mail address: a URL template may be wrong. */
  | 'no-photo-address'
  | 'placeholder'
  /** Admitted, but the client has asked for as many people as the rule's budget allows: answered as `missing`. */
  | 'over-budget'
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
  /** The page of guest passes: 200 with the cookie, or 403. */
  | 'pass'
  | 'error'
  /** Status 499, as in nginx: the client left before it was answered. */
  | 'client-gone'
  | 'no-rule'
  /** A rule with `!` would admit, but the photo's other addresses are not known now. */
  | 'person-unknown'
  /** The Cookie header is longer than 8190 bytes, and a rule asks for cookies or tokens. */
  | 'cookies-too-long'
  /** The Cookie header has more of the cookies that rules ask for than are read. */
  | 'cookies-too-many'
  | 'peer-unknown'
  /** The peer came with a client certificate that does not make it a front. */
  | 'front-unproven'
  | 'client-header-missing'
  | 'client-header-unparsable'

export interface AccessRecord {
  /** Milliseconds since the epoch, when the request's head had been read. */
  readonly timeMs: number
  readonly client: string | null
  /** The address of the socket, or `unix`. */
  readonly peer: string | null
  /** One of Node's known methods, or null when none could be read. */
  readonly method: string | null
  /** The canonical mail address of the photo. */
  readonly address: string | null
  /** The request-target, only of a request that names no photo and no other page. */
  readonly url?: string | undefined
  readonly status: number
  /** The rule that admits, `turned-away`, or null when no rule was evaluated. */
  readonly rule: string | null
  /** The identity in an LTPA token, or why the token was refused. */
  readonly token?: LoggedToken | undefined
  /** The guest pass that admits, was refused, or does not open the photo; never its text. */
  readonly pass?: LoggedPass | undefined
  /** Why the link was refused. */
  readonly linkRefusal?: LinkRefusal | undefined
  readonly reason: Reason
  /** Length of the body. */
  readonly bytes: number
  readonly milliseconds: number
  /** As it was sent; null when there was none. */
  readonly userAgent: string | null
  /** The keys that say which TLS, formatted (arrival.ts); empty without. */
  readonly tlsKeys?: string
  /** The client left before it had the whole answer. */
  readonly isAborted: boolean
}

export function formatAccess(record: AccessRecord): string {
  const { client, peer, method, address, url, status, rule, reason, bytes, userAgent } = record
  return `{"level":"info","time":"${timeText(record.timeMs)}","msg":"request","client":${plain(client)},"peer":${plain(peer)},"method":${plain(method)},"address":${address === null ? 'null' : JSON.stringify(address)}${url === undefined ? '' : `,"path":${pathText(url)}`},"status":${status},"rule":${plain(rule)}${record.token === undefined ? '' : `,"token":${tokenText(record.token)}`}${signedText(record)},"reason":"${reason}","bytes":${bytes},"milliseconds":${record.milliseconds.toFixed(3)},"userAgent":${userAgent === null ? 'null' : userAgentText(userAgent)}${record.tlsKeys ?? ''}${record.isAborted ? ',"aborted":true' : ''}}\n`
}

// The alphabets of network addresses, methods and rule names need no escapes.
function plain(text: string | null): string {
  return text === null ? 'null' : `"${text}"`
}

// Verdicts are cached, so the same token object comes again with each photo.
const texts = new WeakMap<LoggedToken, string>()

function tokenText(token: LoggedToken): string {
  const known = texts.get(token)
  if (known !== undefined) return known
  if (token.user === undefined) return `{"refused":"${token.refused}"}`
  const { refused, format, realm, user, keyId, expiresMs } = token
  const expires = expiryText(expiresMs)
  const text = printableText(JSON.stringify({ refused, format, realm, user, keyId, expires }))
  // Refusals are new objects each time; an entry for each would only load the garbage collector.
  if (refused === undefined) texts.set(token, text)
  return text
}

function signedText({ pass, linkRefusal }: AccessRecord): string {
  const link = linkRefusal === undefined ? '' : `,"link":{"refused":"${linkRefusal}"}`
  return pass === undefined ? link : `${link},"pass":${passText(pass)}`
}

const passTexts = new WeakMap<LoggedPass, string>()

function passText(pass: LoggedPass): string {
  const known = passTexts.get(pass)
  if (known !== undefined) return known
  const { id, name, refused } = pass
  const text = printableText(JSON.stringify({ refused, id, name }))
  if (refused === undefined) passTexts.set(pass, text)
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
