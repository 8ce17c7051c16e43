// How `photogate serve` ends: by a signal, by `photogate stop` or by a fault. Requests under way are finished first, and the
// log is written to its end.
import { setTimeout as delay } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { exitCodes } from '../error.ts'
import type { ControlOutcome } from '../server/control/control-message.ts'
import type { ProgramLog } from '../server/log.ts'

export interface Ending {
  /** Ends the process. Resolves when the gate has stopped, a moment before. */
  stop(): Promise<ControlOutcome>
}

export interface EndingOptions {
  readonly log: Pick<ProgramLog, 'logger' | 'flush'>
  readonly parts: readonly { close(): Promise<void> }[]
  /** Called when the log is written and those who have asked are told. */
  closeLast(): Promise<void>
  note(text: string): void
}

const graceMs = 10_000
// Windows ends a process 10 s after its console was closed. The log must be written by then.
const consoleGraceMs = 5_000
const isWindows = process.platform === 'win32'

export function endGracefully({ log, parts, closeLast, note }: EndingOptions): Ending {
  const { logger, flush } = log
  let isEnding = false
  const waiting: ((outcome: ControlOutcome) => void)[] = []
  // The log is not flushed: a slow reader could delay the end without a bound.
  const leaveNow = (message: string) => {
    note(`photogate: ${message}`)
    process.exit(exitCodes.other)
  }
  const closeAll = async (graceMs: number): Promise<boolean> => {
    const closed = Promise.all(parts.map(part => part.close())).then(() => true)
    return Promise.race([closed, delay(graceMs, false)])
  }
  const { close } = closeWithGrace(
    {
      delay: false, // The grace is kept here, so that the log is still written after it.
      skip: isWindows ? [] : ['SIGHUP', 'SIGUSR2'],
      onSecondSignal: signal => leaveNow(`${signal} again: stopping at once`),
      onSecondError: error => leaveNow(`while stopping: ${String(error)}`),
    },
    async ({ signal, err, manual }) => {
      isEnding = true
      const by = manual ? { by: 'photogate stop' } : { signal }
      if (err) logger.fatal({ err }, 'a fault of the program; stopping')
      else logger.info(by, 'stopping: requests under way are finished first')
      const grace = signal === 'SIGHUP' ? consoleGraceMs : graceMs
      const isClosed = await closeAll(grace)
      if (isClosed) logger.info('stopped')
      else logger.error(`requests were still under way after ${grace} ms; they are cut off`)
      await flush()
      for (const tell of waiting) tell({ outcome: isClosed ? 'stopped' : 'cut-off' })
      await closeLast()
      if (err || !isClosed) process.exit(exitCodes.other)
    },
  )
  return {
    stop: () => {
      const outcome = new Promise<ControlOutcome>(resolve => waiting.push(resolve))
      if (!isEnding) void close()
      isEnding = true
      return outcome
    },
  }
}
