// The program's one log: JSON lines on standard output, for requests and for the program itself.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { LineSink } from '../gate/access-log.ts'
import { printableText } from '../text/printable.ts'

export interface ProgramLog {
  readonly logger: Logger
  readonly sink: LineSink
  /** Writes the lines that are still held. Waits half a second at most for the reader. */
  flush(): Promise<void>
}

// Lines are collected up to these bounds and written together: one write per line costs more than the photo.
const blockBytes = 65_536
const maxHoldMs = 200
// On Windows, ending a process leaves it no time to write held lines.
const maxHoldMsOnWindows = 20
// Bytes for a stalled reader. Beyond them, lines are lost instead of memory.
const maxBacklog = 16 * 1024 * 1024

const maxFlushMs = 500

/** `fd`: the file descriptor, by default standard output. */
export function openLog(fd = 1, platform = process.platform): ProgramLog {
  const holdMs = platform === 'win32' ? maxHoldMsOnWindows : maxHoldMs
  // Gets whole blocks: with each single line, it would count all held bytes again. With `minLength: 0`, its flush would
  // not wait.
  const file = pino.destination({
    dest: fd,
    sync: false,
    minLength: 1,
    maxLength: maxBacklog,
    contentMode: 'buffer',
  })
  // Bytes, not a string: hundreds of concatenated lines would make each garbage collection longer.
  const block = Buffer.allocUnsafeSlow(blockBytes)
  let used = 0
  let timer: NodeJS.Timeout | undefined
  let isGone = false
  const giveUp = () => {
    isGone = true
    file.destroy() // Otherwise it would retry endlessly to write held bytes when the process exits.
  }
  // The reader of the log is gone (`photogate serve | head`): go on serving.
  file.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || code === 'EBADF') giveUp()
  })
  // The type allows only strings.
  const write = (bytes: Buffer) => void (isGone || file.write(bytes as unknown as string))
  const handOver = () => {
    clearTimeout(timer)
    timer = undefined
    if (used > 0) write(Buffer.from(block.subarray(0, used)))
    used = 0
  }
  const sink: LineSink = {
    write: line => {
      const length = Buffer.byteLength(line)
      if (used + length > blockBytes) handOver()
      if (length > blockBytes) return write(Buffer.from(line))
      used += block.write(line, used)
      timer ??= setTimeout(handOver, holdMs)
    },
  }
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    // These lines contain names of files and people, and JSON does not escape control characters beyond ASCII.
    { write: line => void sink.write(printableText(line)) },
  )
  return {
    logger,
    sink,
    // Not flushSync: without a reader it retries endlessly.
    flush: async () => {
      handOver()
      if (isGone) return
      const flushed = new Promise<boolean>(resolve => file.flush(() => resolve(true)))
      const isFlushed = await Promise.race([flushed, delay(maxFlushMs, false, { ref: false })])
      if (!isFlushed) giveUp()
    },
  }
}
