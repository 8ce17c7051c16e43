// Progress of a long command, on one line of a terminal that is overwritten and cleared at the end.

export interface Terminal {
  write(text: string): unknown
}

export interface ProgressOptions {
  readonly terminal: Terminal
  /** Undefined when unknown, as for standard input. */
  readonly totalBytes: number | undefined
  /** Milliseconds from any start. */
  readonly now: () => number
}

export interface Progress {
  show(doneBytes: number, lines: number): void
  clear(): void
}

const everyMs = 200
const clearLine = '\r\x1b[K'

/** Replaces the line; an empty text clears it. */
export function overwriteLine(terminal: Terminal, text = ''): void {
  terminal.write(`${clearLine}${text}`)
}

/**
 * Minutes and seconds until `total`, at the speed of the first `done`.
 * @example formatTimeLeft(10, { done: 1, total: 10 }) // '1:30'
 */
export function formatTimeLeft(
  seconds: number,
  { done, total }: { done: number; total: number },
): string {
  const left = done === 0 ? 0 : Math.round((seconds * (total - done)) / done)
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

export function buildProgress({ terminal, totalBytes, now }: ProgressOptions): Progress {
  const startedMs = now()
  let shownMs = -Infinity
  return {
    show: (doneBytes, lines) => {
      const timeMs = now()
      if (timeMs - shownMs < everyMs) return
      shownMs = timeMs
      const seconds = Math.max(timeMs - startedMs, 1) / 1000
      const rate = Math.round(lines / seconds).toLocaleString('en-US')
      overwriteLine(terminal, `${share(doneBytes, totalBytes, seconds)}${rate} lines/s`)
    },
    clear: () => {
      if (shownMs > -Infinity) overwriteLine(terminal)
    },
  }
}

function share(done: number, total: number | undefined, seconds: number): string {
  // A log that is still being written may be longer by now.
  if (total === undefined || total < done || done === 0) return ''
  return `${Math.floor((100 * done) / total)} %, ${formatTimeLeft(seconds, { done, total })} left, `
}
