// How far an import is: a bar on a terminal, else a line now and then.

import type { ImportProgress } from '../supply/import/import-result.ts'
import { printable } from '../text/printable.ts'
import type { Terminal } from './progress.ts'

export interface ImportProgressOptions {
  /** Undefined: there is none, and lines are noted. */
  readonly terminal: Terminal | undefined
  note(text: string): void
  /** In milliseconds, from whenever. */
  readonly now: () => number
}

export interface ImportProgressView {
  show(progress: ImportProgress): void
  clear(): void
}

const barEveryMs = 100
const lineEveryMs = 10_000
const barWidth = 24
const clearLine = '\r\x1b[K'

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
        // A bar is there at once; a line is only for those who wait.
        shownMs = terminal === undefined ? timeMs : -Infinity
      }
      if (timeMs - shownMs < (terminal === undefined ? lineEveryMs : barEveryMs)) return
      shownMs = timeMs
      const text = describe(progress, (timeMs - startedMs) / 1000)
      if (terminal === undefined) note(text)
      else terminal.write(`${clearLine}${text}`)
      isOnTerminal = terminal !== undefined
    },
    clear: () => {
      if (isOnTerminal) terminal?.write(clearLine)
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
  const left = done === 0 ? 0 : Math.round((seconds * (total - done)) / done)
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  return `${printable(stage)} ${bar} ${count} of ${total.toLocaleString('en')}${seconds > 1 ? `, ${clock} left` : ''}`
}
