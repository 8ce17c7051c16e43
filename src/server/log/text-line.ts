// The log for people: one line for each request, and one for each message of the program. Text from clients is cut, freed
// of tokens and escaped as in the JSON lines, so that none of it controls a terminal.
import type pc from 'picocolors'
import type { AccessRecord } from '../../gate/access-record.ts'
import { pathText } from '../../gate/client-text.ts'
import { printableText } from '../../text/printable.ts'

type Colors = ReturnType<typeof pc.createColors>

export interface TextStyle {
  readonly colors: Colors
  /** Whether lines begin with the date: they may be read on another day. */
  readonly hasDate: boolean
}

/** The end of a line, as `200 joe@acme.example meeting 198.51.100.7 0.3 ms` after the time. */
export function buildAccessText({ colors, hasDate }: TextStyle): (record: AccessRecord) => string {
  return record => {
    const { timeMs, status, client, rule, reason, milliseconds } = record
    const why = saidByStatus.has(reason) ? [] : [reason]
    const parts = [
      colors.dim(timeText(timeMs, hasDate)),
      colorOf(colors, status)(String(status)),
      targetText(record),
      ...(rule === null ? [] : [rule === 'turned-away' ? colors.yellow(rule) : colors.cyan(rule)]),
      ...why,
      client ?? '-',
      colors.dim(`${milliseconds.toFixed(1)} ms`),
      ...(record.isAborted ? ['aborted'] : []),
    ]
    return `${parts.join(' ')}\n`
  }
}

// The status says it already.
const saidByStatus: ReadonlySet<string> = new Set(['found', 'not-modified', 'range'])

function targetText({ address, url }: AccessRecord): string {
  if (address !== null) return printableText(address)
  // Without the quotes of JSON: a request-target has no blanks. The escapes stay.
  return url === undefined ? '-' : pathText(url).slice(1, -1)
}

function colorOf(colors: Colors, status: number): (text: string) => string {
  if (status >= 500) return colors.red
  if (status >= 400) return colors.yellow
  return status >= 300 ? colors.cyan : colors.green
}

/** `line`: of the program's logger, as JSON. Details follow the message as JSON. */
export function buildMessageText({ colors, hasDate }: TextStyle): (line: string) => string {
  return line => {
    const { level, time, msg = '', ...rest } = JSON.parse(line) as Message
    const color = level === 'info' ? colors.dim : level === 'warn' ? colors.yellow : colors.red
    const details =
      Object.keys(rest).length === 0 ? [] : [colors.dim(plainText(JSON.stringify(rest)))]
    const parts = [
      colors.dim(timeText(Date.parse(time), hasDate)),
      color(level),
      plainText(msg),
      ...details,
    ]
    return `${parts.join(' ')}\n`
  }
}

interface Message {
  readonly level: string
  readonly time: string
  readonly msg?: string
  readonly [key: string]: unknown
}

// One message is one line.
function plainText(text: string): string {
  return printableText(text).replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', ' ')
}

let lastSecond = Number.NaN
let lastDate = ''
let lastTime = ''

/** Local time, to the second. */
function timeText(timeMs: number, hasDate: boolean): string {
  const second = Math.floor(timeMs / 1_000)
  if (second !== lastSecond) {
    const time = new Date(timeMs)
    lastSecond = second
    lastDate = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
    lastTime = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  }
  return hasDate ? `${lastDate} ${lastTime}` : lastTime
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
