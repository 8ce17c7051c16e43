// One open file, pipe or terminal that the log is written to: whole blocks in, asynchronous writes out. Holds what cannot
// be written now, up to a bound. Does not know lines, names of files or rotation.
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'

export interface Destination {
  /** Takes whole lines. */
  write(bytes: Buffer): void
  /** Whether everything is written, within half a second. */
  flush(): Promise<boolean>
  /** Closes the descriptor when everything is written; nothing may be written any more. */
  end(): void
  /** What was held is lost. */
  giveUp(): void
  /** Whether the last write failed. */
  readonly isStuck: boolean
  /** Whether it is closed, or its reader has gone. */
  readonly isGone: boolean
}

export interface DestinationReports {
  /** The first failed write, and again once a minute. */
  onTrouble(error: NodeJS.ErrnoException): void
  /** After trouble: everything that was held is written. `lost`: lines that found no room meanwhile. */
  onRecovery(lost: number): void
}

// Bytes for a stalled reader or a full disk. Beyond them, lines are lost instead of memory.
export const maxBacklog = 16 * 1024 * 1024
const maxFlushMs = 500
const retryMs = 1_000
const quietMs = 60_000
const lineEnd = 10

export function openDestination(fd: number, reports: DestinationReports): Destination {
  // Gets whole blocks: with each single line, it would count all held bytes again. With `minLength: 0`, its flush would
  // not wait.
  const out = pino.destination({
    dest: fd,
    sync: false,
    minLength: 1,
    maxLength: maxBacklog,
    contentMode: 'buffer',
  })
  let isGone = false
  let isEnding = false
  let isStuck = false
  let lost = 0
  let quietUntilMs = 0
  let retry: NodeJS.Timeout | undefined
  const giveUp = () => {
    clearInterval(retry)
    if (isGone) return
    isGone = true
    out.destroy() // Otherwise it would retry endlessly to write held bytes when the process exits.
  }
  out.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of the log is gone (`photogate serve | head`): go on serving.
    if (error.code === 'EPIPE' || error.code === 'EBADF') return giveUp()
    isStuck = true
    // It keeps the rest of the block, and goes on in the middle of a line where it stopped.
    retry ??= setInterval(() => out.flush(() => {}), retryMs).unref()
    if (Date.now() < quietUntilMs) return
    quietUntilMs = Date.now() + quietMs
    reports.onTrouble(error)
  })
  out.on('drop', (bytes: unknown) => {
    lost += countLines(bytes as Buffer)
  })
  out.on('drain', () => {
    if (!isStuck) return
    clearInterval(retry)
    retry = undefined
    isStuck = false
    reports.onRecovery(lost)
    lost = 0
  })
  out.on('close', () => {
    clearInterval(retry)
    isGone = true
  })
  return {
    // The type allows only strings.
    write: bytes => void (isGone || out.write(bytes as unknown as string)),
    // Not flushSync: without a reader it retries endlessly.
    flush: async () => {
      if (isGone) return true
      const flushed = new Promise<boolean>(resolve => {
        out.once('close', () => resolve(true))
        // Its error may be that of fsync, which pipes do not have.
        out.flush(() => resolve(!isStuck))
      })
      return Promise.race([flushed, delay(maxFlushMs, false, { ref: false })])
    },
    end: () => {
      if (!isGone && !isEnding) out.end()
      isEnding = true
    },
    giveUp,
    get isStuck() {
      return isStuck
    },
    get isGone() {
      return isGone
    },
  }
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) count++
  return count
}
