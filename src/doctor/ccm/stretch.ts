// A stretch of SystemOut.log: from one sign that a server starts to the next, or to the end of the file. Joining the
// stretches of several files is the work of `server-runs`.
import type { announcedLines } from './announcement.ts'
import type { LogStamp } from './log-stamp.ts'

/** A line of a log. */
export interface LogPlace {
  readonly file: string
  readonly line: number
  /** Undefined: no entry with a date stands before it. */
  readonly at: LogStamp | undefined
}

/** Lines of LCDAUtil that belong together. */
export interface Announcement {
  readonly place: LogPlace
  /** Its last line. */
  end: LogPlace
  readonly values: Map<(typeof announcedLines)[number], string>
}

/** What the header block of a log says. WebSphere writes one at a start and one at the top of each rotated file. */
export interface ServerHeader {
  readonly cell: string
  readonly node: string
  readonly server: string
  readonly processId: string
}

export interface Stretch {
  readonly begin: 'file' | 'header' | 'startup' | 'open'
  readonly place: LogPlace
  header?: ServerHeader
  /** user.install.root */
  profile?: string
  /** The trace state of the start hides messages of level I. */
  hidesInfo?: boolean
  /** The server's name in WSVR0001I. */
  serverName?: string
  started?: LogPlace
  opened?: LogPlace
  stopped?: LogPlace
  failed?: LogPlace
  /** The first and the last. */
  announcements: Announcement[]
  /** What LCDAUtil said about CDHC in other words, at most five. */
  others: string[]
  errors: number
  firstError?: LogPlace
  lastError?: LogPlace
  /** What came last. */
  lastWord?: 'announced' | 'error'
  /** Applications that began to start, and whether one of them is CCM's. */
  applications: number
  hasCcm: boolean
  first?: LogPlace
  /** The log could not be read to its end. */
  isCut?: boolean
  last: LogPlace
}

export function openStretch(begin: Stretch['begin'], place: LogPlace): Stretch {
  return {
    ...{ begin, place, last: place },
    ...{ announcements: [], others: [], errors: 0, applications: 0, hasCcm: false },
  }
}
