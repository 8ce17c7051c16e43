// Lines that wait until enough of them are there to tell what kind of log they are from.
import type { LineHandler } from '../text/line-splitter.ts'

export interface LineSampleOptions {
  /** Sees the first lines, before any is passed on. */
  onSample(lines: readonly string[]): void
  onLine: LineHandler
  /** How much is waited for. By then a meeting or a page of faces has passed by, with its cookies. */
  characters?: number
}

export interface LineSample {
  push: LineHandler
  /** There are no more: what waits is all. */
  end(): void
}

export function sampleLines(options: LineSampleOptions): LineSample {
  const { onSample, onLine, characters = 1024 * 1024 } = options
  let waiting: (string | undefined)[] | undefined = []
  let size = 0
  const release = () => {
    const lines = waiting ?? []
    waiting = undefined
    onSample(lines.filter(line => line !== undefined))
    for (const line of lines) onLine(line)
  }
  return {
    push: line => {
      if (waiting === undefined) return onLine(line)
      waiting.push(line)
      // One for the line end, so that lines without anything in them do not wait for ever.
      size += 1 + (line?.length ?? 0)
      if (size >= characters) release()
    },
    end: () => {
      if (waiting !== undefined) release()
    },
  }
}
