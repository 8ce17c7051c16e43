// One request as a line of Apache's combined format, for programs that read access logs:
//   %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"
// As in the JSON lines, no query and no token is written: a photo is named by its path, whichever way the client named it.
// The identity in a token is not written either, because readers split the line at blanks.

import { passPath, turnedAwayPath } from '../../config/settings.ts'
import { healthPath, readyPath } from '../../evidence/target.ts'
import type { AccessRecord, Reason } from '../../gate/access-record.ts'
import { pathText, userAgentText } from '../../gate/client-text.ts'

export function formatCombined(record: AccessRecord): string {
  const { client, timeMs, status, bytes, userAgent } = record
  const agent = userAgent === null ? '-' : escapeItem(JSON.parse(userAgentText(userAgent)))
  return `${client ?? '-'} - - [${timeText(timeMs)}] "${requestText(record)}" ${status} ${bytes === 0 ? '-' : bytes} "-" "${agent}"\n`
}

// Apache writes - for what was no request.
function requestText(record: AccessRecord): string {
  const target = targetText(record)
  if (record.method === null || target === undefined) return '-'
  return `${record.method} ${target} HTTP/1.1`
}

const pages: Partial<Record<Reason, string>> = {
  health: healthPath,
  ready: readyPath,
  'not-ready': readyPath,
  page: turnedAwayPath,
  pass: passPath,
}

function targetText({ address, url, reason }: AccessRecord): string | undefined {
  if (address !== null) return `/${encodeURIComponent(address).replaceAll('%40', '@')}.jpg`
  if (url === undefined) return pages[reason]
  const path: string = JSON.parse(pathText(url))
  return escapeItem(path === '' ? '/' : path)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
const escaped = /["\\\x00-\x1f\x7f-\uffff]+/g
const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/**
 * As Apache's ap_escape_logitem: quotes, backslashes and controls are escaped, and every byte beyond ASCII. Headers are
 * Latin-1 here, one character for a byte; a character that is longer is written in UTF-8.
 * @example escapeItem('a"b\n') // 'a\\"b\\n'
 */
export function escapeItem(text: string): string {
  return text.replace(escaped, run => [...run].map(escapeCharacter).join(''))
}

function escapeCharacter(char: string): string {
  const known = short[char]
  if (known !== undefined) return known
  return [...Buffer.from(char, char <= '\xff' ? 'latin1' : 'utf8')]
    .map(byte => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('')
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

let lastSecond = Number.NaN
let lastText = ''

/** Local time with its offset, as `28/Nov/2026:10:03:11 +0100`. */
function timeText(timeMs: number): string {
  const second = Math.floor(timeMs / 1_000)
  if (second === lastSecond) return lastText
  const time = new Date(timeMs)
  const minutes = -time.getTimezoneOffset()
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}${two(Math.abs(minutes) % 60)}`
  const day = `${two(time.getDate())}/${months[time.getMonth()]}/${time.getFullYear()}`
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  lastSecond = second
  lastText = `${day}:${clock} ${offset}`
  return lastText
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0')
}
