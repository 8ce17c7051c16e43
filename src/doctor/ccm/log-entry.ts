// One entry of SystemOut.log in its basic form. Does not know what messages mean.
import { decodeWindows1252 } from '../../text/windows-1252.ts'

export interface LogEntry {
  /** What stands between the brackets: the date, if it is an entry. */
  readonly stamp: string
  /** At most 13 characters, as WebSphere cuts it: `LCDAUtil`. */
  readonly component: string
  /** I, A, W, E, O and others. */
  readonly level: string
  readonly message: string
}

const entryPattern = /^\[([^\]]{8,64})\] +[0-9a-fA-F]{8,16} +(?:id=\S* +)?(\S+) +([A-Z>< ]) +(.*)$/s

/** Undefined: not the first line of an entry. The line is as the splitter gives it, a character for each byte. */
export function parseLogEntry(line: string): LogEntry | undefined {
  const [, stamp, component, level, message] = entryPattern.exec(line) ?? []
  if (stamp === undefined || component === undefined) return undefined
  return { stamp, component, level: level ?? '', message: decodeLine(message ?? '') }
}

/** Bytes as UTF-8, or otherwise as Windows-1252. */
export function decodeLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes above ASCII are what is looked for
  if (!/[^\x00-\x7f]/.test(line)) return line
  const bytes = Buffer.from(line, 'latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return decodeWindows1252(bytes)
  }
}
