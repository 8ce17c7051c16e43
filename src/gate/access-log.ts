// One line of JSON per request. Formatted by hand: a logger's child, serializers and levels cost as much as serving the
// photo. Receives no cookie, no token text and no header but the user agent, so none of them can reach the log.

import type { LoggedPass } from '../evidence/sent-passes.ts'
import type { LoggedToken } from '../evidence/sent-tokens.ts'
import { expiryText } from '../ltpa/token.ts'
import { printableText } from '../text/printable.ts'
import type { AccessRecord } from './access-record.ts'
import { pathText, userAgentText } from './client-text.ts'

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
