// Which form the lines of the log have, by the settings and by where they go.
import pc from 'picocolors'
import type { LogSettings } from '../../config/settings.ts'
import { formatAccess } from '../../gate/access-log.ts'
import type { AccessRecord } from '../../gate/access-record.ts'
import { printableText } from '../../text/printable.ts'
import { formatCombined } from './combined-line.ts'
import { buildAccessText, buildMessageText } from './text-line.ts'

export interface LineShape {
  /** A request's line, with its end. */
  access(record: AccessRecord): string
  /** A message's line, with its end, from the logger's line of JSON. */
  message(line: string): string
  /** Whether messages are written apart from requests, because no reader of these lines would understand them. */
  readonly isApart: boolean
}

/** What the standard output is, when it is a terminal. */
export interface TerminalFacts {
  readonly colors: boolean
}

// These lines contain names of files and people, and JSON does not escape control characters beyond ASCII.
const message = printableText

export function shapeLines(
  { format, file }: LogSettings,
  terminal: TerminalFacts | undefined,
): LineShape {
  const isShown = file === undefined && terminal !== undefined
  if (format === 'combined') return { access: formatCombined, message, isApart: true }
  if (format === 'json' || (format === undefined && !isShown)) {
    return { access: formatAccess, message, isApart: false }
  }
  const colors = pc.createColors(format === undefined && terminal?.colors === true)
  const style = { colors, hasDate: !isShown }
  return { access: buildAccessText(style), message: buildMessageText(style), isApart: false }
}
