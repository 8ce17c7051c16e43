// Holds the first lines of a log until there are enough to find out its format.
import type { LineHandler } from '../text/line-splitter.ts'

export interface LineSampleOptions {
  /** Takes the first lines, before any is passed on. */
  onSample(lines: readonly string[]): void
  onLine: LineHandler
  /** Characters to wait for. They should include a meeting or a page of photos, with its cookies. */
  characters?: number
}

export interface LineSample {
  push: LineHandler
  /** There are no more lines. Passes on those that wait. */
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
      // One for the line end, so that empty lines count too.
      size += 1 + (line?.length ?? 0)
      if (size >= characters) release()
    },
    end: () => {
      if (waiting !== undefined) release()
    },
  }
}
