// The program's one log: JSON lines on standard output, the requests' and its own.
import type { DestinationStream, Logger } from 'pino'
import { pino } from 'pino'

export interface ProgramLog {
  readonly logger: Logger
  readonly sink: DestinationStream
  /** Writes out what is still held. */
  flush(): void
}

// Lines are held up to this many bytes or milliseconds and written together; one write a line
// costs more than the photo. A reader that has stalled for so many bytes loses lines, not memory.
const buffer = { minLength: 4_096, periodicFlush: 200, maxLength: 16 * 1024 * 1024 }

/** `fd` is a file descriptor, 1 unless told otherwise. */
export function openLog(fd = 1): ProgramLog {
  const sink = pino.destination({ dest: fd, sync: false, ...buffer })
  // The reader of the log has gone (`photogate serve | head`): go on serving.
  sink.on('error', () => {})
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    sink,
  )
  return {
    logger,
    sink,
    flush: () => {
      try {
        sink.flushSync()
      } catch {
        // Nobody is left to read it.
      }
    },
  }
}
