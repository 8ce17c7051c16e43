// Progress of an import: a bar on a terminal, otherwise a line every ten seconds.

import type { ImportProgress } from '../supply/import/import-result.ts'
import { printable } from '../text/printable.ts'
import type { Terminal } from './progress.ts'
import { formatTimeLeft, overwriteLine } from './progress.ts'

export interface ImportProgressOptions {
  /** Undefined when there is none; then lines go to `note`. */
  readonly terminal: Terminal | undefined
  note(text: string): void
  /** Milliseconds from any start. */
  readonly now: () => number
}

export interface ImportProgressView {
  show(progress: ImportProgress): void
  clear(): void
}

const barEveryMs = 100
const lineEveryMs = 10_000
const barWidth = 24

export function buildImportProgress(options: ImportProgressOptions): ImportProgressView {
  const { terminal, note, now } = options
  let stage = ''
  let startedMs = 0
  let shownMs = -Infinity
  let isOnTerminal = false
  return {
    show: progress => {
      const timeMs = now()
      if (progress.stage !== stage) {
        stage = progress.stage
        startedMs = timeMs
        // A bar is shown at once, a line only after a wait.
        shownMs = terminal === undefined ? timeMs : -Infinity
      }
      if (timeMs - shownMs < (terminal === undefined ? lineEveryMs : barEveryMs)) return
      shownMs = timeMs
      const text = describe(progress, (timeMs - startedMs) / 1000)
      if (terminal === undefined) note(text)
      else overwriteLine(terminal, text)
      isOnTerminal = terminal !== undefined
    },
    clear: () => {
      if (isOnTerminal && terminal !== undefined) overwriteLine(terminal)
      isOnTerminal = false
    },
  }
}

function describe({ stage, done, total }: ImportProgress, seconds: number): string {
  const count = done.toLocaleString('en')
  if (total === undefined)
    return `${printable(stage)}: ${count} ${done === 1 ? 'person' : 'people'}`
  const filled = total === 0 ? barWidth : Math.round((barWidth * done) / total)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  const clock = formatTimeLeft(seconds, { done, total })
  return `${printable(stage)} ${bar} ${count} of ${total.toLocaleString('en')}${seconds > 1 ? `, ${clock} left` : ''}`
}
