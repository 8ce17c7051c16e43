// Reads a SystemOut.log line by line and keeps only what tells of starts and of content download caching (CDHC). Goes by
// the codes of messages, which are the same in every language. Bounded memory: the last thousand stretches.
import { parseAnnouncement } from './announcement.ts'
import type { DateOrderFinder } from './date-order.ts'
import { buildDateOrderFinder } from './date-order.ts'
import type { LogEntry } from './log-entry.ts'
import { decodeLine, parseLogEntry } from './log-entry.ts'
import type { DateOrder, LogStamp } from './log-stamp.ts'
import { parseStamp } from './log-stamp.ts'
import type { Announcement, LogPlace, ServerHeader, Stretch } from './stretch.ts'
import { openStretch } from './stretch.ts'

const maxStretches = 1_000

/** What one log tells. */
export interface SystemOutLog {
  readonly file: string
  readonly stretches: readonly Stretch[]
  /** The orders of day and month that its dates leave possible. */
  readonly orders: readonly DateOrder[]
  readonly firstEntry: LogStamp | undefined
  /** All lines, and those that begin an entry. */
  readonly lines: number
  readonly entries: number
}

export interface SystemOutReader {
  /** A line that is too long is undefined. */
  push(line: string | undefined): void
  end(): SystemOutLog
}

// A line that may tell something. Everything else costs one test.
const interesting = /CDHC|WSVR0(?:0(?:01I|02I|09E|23I|24I)|200I|221I|800I)|TRAS0017I/

/** `now`: milliseconds since 1970. */
export function buildSystemOutReader(file: string, now: number): SystemOutReader {
  const stretches: Stretch[] = []
  const orders = buildDateOrderFinder(now)
  const clock = buildClock(orders)
  let lines = 0
  let entries = 0
  let isOfLcda = false
  const place = (): LogPlace => ({ file, line: lines, at: clock.now() })
  const begin = (kind: Stretch['begin']): Stretch => {
    const stretch = openStretch(kind, place())
    if (stretches.push(stretch) > maxStretches) stretches.shift()
    return stretch
  }
  const current = () => stretches.at(-1) ?? begin('file')

  const readEntry = (line: string) => {
    entries++
    isOfLcda = false
    const stretch = current()
    if (interesting.test(line)) {
      const entry = parseLogEntry(line)
      if (entry !== undefined) isOfLcda = readMessage(entry, { stretch, place: place(), begin })
    }
    const last = current()
    last.last = place()
    last.first ??= last.last
  }
  return {
    push: line => {
      lines++
      if (line === undefined) return
      if (clock.see(line)) readEntry(line)
      else if (!readHeaderLine(line, { current, begin }) && isOfLcda) {
        readAnnouncement(decodeLine(line), current(), place())
      }
    },
    end: () => {
      const firstEntry = clock.first()
      return { file, stretches, orders: orders.result(file), firstEntry, lines, entries }
    },
  }
}

interface Reading {
  readonly stretch: Stretch
  readonly place: LogPlace
  begin(kind: Stretch['begin']): Stretch
}

/** @returns whether the lines below belong to an announcement */
function readMessage(entry: LogEntry, { stretch, place, begin }: Reading): boolean {
  const { component, message, level } = entry
  if (component.startsWith('LCDAUtil')) {
    if (readAnnouncement(message, stretch, place)) return true
    if (/^dumpErrorInfo\b.*\bCDHC\b/s.test(message)) noteError(stretch, place)
    return false
  }
  // What applications print may look like anything.
  if (level === 'O' || component.startsWith('System')) return false
  const isDone = stretch.opened !== undefined || stretch.stopped !== undefined
  const code = /^[A-Z]{4}\d{4}[A-Z]/.exec(message)?.[0] ?? ''
  if (code === 'TRAS0017I' || code === 'WSVR0800I') {
    const starting = isDone || stretch.begin === 'file' ? begin('startup') : stretch
    starting.started ??= place
    // The levels above info: with them LCDAUtil's lines are not written.
    if (/[\s:]\*=(?:audit|warning|severe|fatal|off)\b/i.test(message)) starting.hidesInfo = true
  } else if (code === 'WSVR0001I' || code === 'WSVR0002I') {
    const opening = isDone ? begin('open') : stretch
    opening.opened = place
    const [, name] = /\bServer (\S+) open\b/.exec(message) ?? []
    if (name !== undefined) opening.serverName = name
  } else if (code === 'WSVR0009E') stretch.failed = place
  else if (code === 'WSVR0024I') stretch.stopped = place
  else if (code === 'WSVR0200I' || code === 'WSVR0221I') {
    stretch.applications++
    if (/navigator|fncs|filenet|ccm/i.test(message)) stretch.hasCcm = true
  }
  return false
}

/** @returns whether the line is about CDHC */
function readAnnouncement(message: string, stretch: Stretch, place: LogPlace): boolean {
  const said = parseAnnouncement(message)
  if (said === undefined) return false
  if (said.kind === 'other') {
    if (stretch.others.length < 5) stretch.others.push(said.text)
    return true
  }
  const { announcements } = stretch
  const open = announcements.at(-1)
  const isNew = open === undefined || said.key === 'enabled' || open.values.has(said.key)
  const block: Announcement = isNew ? { place, end: place, values: new Map() } : open
  if (isNew) announcements[Math.min(announcements.length, 1)] = block
  block.values.set(said.key, said.value)
  block.end = place
  stretch.lastWord = 'announced'
  return true
}

function noteError(stretch: Stretch, place: LogPlace): void {
  stretch.errors++
  stretch.firstError ??= place
  stretch.lastError = place
  stretch.lastWord = 'error'
}

/**
 * `WebSphere Platform 8.5.5.9 [ND …]  running with process name Cell01\Node01\server1 and process id 5444`
 * @returns whether the line is of a header
 */
function readHeaderLine(
  line: string,
  { current, begin }: { current(): Stretch; begin: Reading['begin'] },
): boolean {
  const header = line.startsWith('WebSphere Platform ') ? parseHeader(line) : undefined
  if (header !== undefined) begin('header').header = header
  else if (line.startsWith('user.install.root = ')) {
    const stretch = current()
    if (stretch.begin === 'header') stretch.profile ??= decodeLine(line.slice(20)).trim()
  } else return false
  return true
}

function parseHeader(line: string): ServerHeader | undefined {
  const name = String.raw`([^\s\\]{1,200})`
  const pattern = new RegExp(String.raw`\s${name}\\${name}\\${name}\s\D{0,200}(\d{1,10})\b`)
  const [, cell, node, server, processId] = pattern.exec(decodeLine(line)) ?? []
  if (!cell || !node || !server || !processId) return undefined
  return { cell, node, server, processId }
}

/** Finds the date at the start of lines; parses it only when it is asked for, or when it is another day. */
function buildClock(orders: DateOrderFinder) {
  let head = ''
  let date = ''
  let stamp: LogStamp | undefined
  let first: LogStamp | undefined
  return {
    /** @returns whether the line begins an entry */
    see(line: string): boolean {
      if (!line.startsWith('[')) return false
      const end = line.indexOf(']', 8)
      if (end < 0 || end > 65) return false
      const text = line.slice(1, end)
      if (date !== '' && text.startsWith(date) && /\d[:.]\d\d[:.]\d\d/.test(text)) {
        head = text
        stamp = undefined
        return true
      }
      const parsed = parseStamp(text)
      if (parsed === undefined) return false
      orders.see(parsed)
      first ??= parsed
      head = text
      date = `${parsed.date}${text[parsed.date.length] ?? ''}`
      stamp = parsed
      return true
    },
    now: () => (stamp ??= head === '' ? undefined : parseStamp(head)),
    first: () => first,
  }
}
