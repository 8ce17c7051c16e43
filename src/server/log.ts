// The program's one log, for requests and for the program itself: which lines, and where they go. Formats, files and blocks
// of lines stand in log/.
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { LogSettings } from '../config/settings.ts'
import type { AccessSink } from '../gate/access-record.ts'
import type { Destination } from './log/destination.ts'
import { openDestination } from './log/destination.ts'
import { openLineBlocks } from './log/line-blocks.ts'
import type { LineShape, TerminalFacts } from './log/line-shape.ts'
import { shapeLines } from './log/line-shape.ts'
import type { LogFile, Tell } from './log/log-file.ts'
import { openLogFile } from './log/log-file.ts'

export interface ProgramLog {
  readonly logger: Logger
  readonly access: AccessSink
  /**
   * What the log becomes by other settings, when the result is called.
   * @throws GateError GATE_LOG when its file cannot be opened. Then nothing has changed.
   */
  prepare(settings: LogSettings): () => void
  /** Goes on in a new file where another program has moved the old one. */
  reopen(): void
  /** Writes the lines that are still held. Waits half a second at most for the reader. */
  flush(): Promise<void>
}

export interface LogOptions {
  readonly settings?: LogSettings
  /** Standard output. */
  readonly fd?: number
  /** Standard error, for messages where lines of the log have another format than messages can have. */
  readonly messagesFd?: number
  /** What standard output is; undefined: not a terminal. */
  readonly terminal?: TerminalFacts | undefined
  readonly platform?: NodeJS.Platform
  /** Says to the administrator what is wrong with the log itself. */
  readonly tell?: Tell
}

const maxHoldMs = 200
// On Windows, ending a process leaves it no time to write held lines.
const maxHoldMsOnWindows = 20

export const defaultLog: LogSettings = { format: undefined, file: undefined, rotate: undefined }

/** @throws GateError GATE_LOG when the file of the settings cannot be opened */
export function openLog({
  settings: first = defaultLog,
  fd = 1,
  messagesFd = 2,
  terminal,
  platform = process.platform,
  tell = () => {},
}: LogOptions = {}): ProgramLog {
  let settings = first
  const streams = new Map<number, Destination>()
  const streamOf = (of: number) => {
    const known = streams.get(of) ?? openStream(of)
    streams.set(of, known)
    return known
  }
  const open = ({ file, rotate }: LogSettings) =>
    file === undefined ? undefined : openLogFile(file, { rotate, tell })
  let file = open(settings)
  // Those of other settings that may still be written.
  const files = new Set<LogFile>(file && [file])
  let shape: LineShape = shapeLines(settings, terminal)
  const holdMs = platform === 'win32' ? maxHoldMsOnWindows : maxHoldMs
  const lines = openLineBlocks(bytes => (file ?? streamOf(fd)).write(bytes), holdMs)
  const apart = openLineBlocks(bytes => streamOf(messagesFd).write(bytes), holdMs)
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => (shape.isApart ? apart : lines).write(shape.message(line)) },
  )
  let prepared: LogFile | undefined
  return {
    logger,
    access: { write: record => lines.write(shape.access(record)) },
    prepare: next => {
      prepared?.end() // The settings that it was for have not been applied.
      const isSame = next.file === settings.file
      prepared = isSame ? undefined : open(next)
      return () => {
        lines.handOver()
        if (isSame) file?.setRotation(next.rotate)
        else {
          file?.end()
          file = prepared
          prepared = undefined
          if (file !== undefined) files.add(file)
        }
        settings = next
        shape = shapeLines(next, terminal)
      }
    },
    reopen: () => {
      lines.handOver()
      file?.reopen()
    },
    flush: async () => {
      lines.handOver()
      apart.handOver()
      await Promise.all([...files].map(each => each.flush()))
      await Promise.all([...streams.values()].map(flushOrGiveUp))
    },
  }
}

// Whoever reads standard output knows when it does not.
function openStream(fd: number): Destination {
  return openDestination(fd, { onTrouble: () => {}, onRecovery: () => {} })
}

async function flushOrGiveUp(stream: Destination): Promise<void> {
  if (!(await stream.flush())) stream.giveUp()
}
