// The program's one log: JSON lines on standard output, the requests' and its own.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { pino } from 'pino'
import type { LineSink } from '../gate/access-log.ts'
import { printableText } from '../text/printable.ts'

export interface ProgramLog {
  readonly logger: Logger
  readonly sink: LineSink
  /** Writes out what is still held, if anybody still reads it: waits no longer than half a second. */
  flush(): Promise<void>
}

// Lines are collected up to these bounds and written together: one write a line costs more than the photo.
const blockBytes = 65_536
const maxHoldMs = 200
// On Windows whoever ends the process leaves it no time to write what it holds.
const maxHoldMsOnWindows = 20
// A reader that has stalled for so many bytes loses lines, not memory.
const maxBacklog = 16 * 1024 * 1024

const maxFlushMs = 500

/** `fd` is a file descriptor, 1 unless told otherwise. */
export function openLog(fd = 1, platform = process.platform): ProgramLog {
  const holdMs = platform === 'win32' ? maxHoldMsOnWindows : maxHoldMs
  // Gets whole blocks. Of lines it would count all that it holds anew with each one; with a minimum
  // of 0 its flush would not wait.
  const file = pino.destination({
    dest: fd,
    sync: false,
    minLength: 1,
    maxLength: maxBacklog,
    contentMode: 'buffer',
  })
  // Bytes, not a string: hundreds of lines that are still in pieces would make each garbage collection longer.
  const block = Buffer.allocUnsafeSlow(blockBytes)
  let used = 0
  let timer: NodeJS.Timeout | undefined
  let isGone = false
  const giveUp = () => {
    isGone = true
    file.destroy() // Or it would try for ever to write what it holds, when the process exits.
  }
  // The reader of the log has gone (`photogate serve | head`): go on serving.
  file.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || code === 'EBADF') giveUp()
  })
  // Its type knows strings only.
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
    // Names of files and people are in these, and JSON lets through what is beyond ASCII.
    { write: line => void sink.write(printableText(line)) },
  )
  return {
    logger,
    sink,
    // Not flushSync: with nobody reading it tries again for ever.
    flush: async () => {
      handOver()
      if (isGone) return
      const flushed = new Promise<boolean>(resolve => file.flush(() => resolve(true)))
      const isFlushed = await Promise.race([flushed, delay(maxFlushMs, false, { ref: false })])
      if (!isFlushed) giveUp()
    },
  }
}
