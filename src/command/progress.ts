// How far a long command is, on one line of a terminal that is written over and taken away in the end.

export interface Terminal {
  write(text: string): unknown
}

export interface ProgressOptions {
  readonly terminal: Terminal
  /** Undefined: nobody knows, as of standard input. */
  readonly totalBytes: number | undefined
  /** In milliseconds, from whenever. */
  readonly now: () => number
}

export interface Progress {
  show(doneBytes: number, lines: number): void
  clear(): void
}

const everyMs = 200
const clearLine = '\r\x1b[K'

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
      terminal.write(`${clearLine}${share(doneBytes, totalBytes, seconds)}${rate} lines/s`)
    },
    clear: () => {
      if (shownMs > -Infinity) terminal.write(clearLine)
    },
  }
}

function share(done: number, total: number | undefined, seconds: number): string {
  // A log that is still written to may be longer by now.
  if (total === undefined || total < done || done === 0) return ''
  const left = Math.round((seconds * (total - done)) / done)
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  return `${Math.floor((100 * done) / total)} %, ${clock} left, `
}
