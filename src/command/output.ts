// Where and how commands print.
import type { Problem, ProblemLine, Severity } from '../config/document/problem.ts'
import { formatProblem } from '../config/document/problem.ts'
import { printableText } from '../text/printable.ts'
import type { StyledText } from '../text/styled.ts'
import { plainOf } from '../text/styled.ts'
import { viewProblem } from './problem-view.ts'
import type { Screen } from './screen.ts'
import { paint, screenOf } from './screen.ts'

/**
 * Output contains names from files, logs, tokens and directories. `print` and `note` escape everything that could control
 * a terminal (`printableText`), including colours, so callers need not. Colours are styles of parts (text/styled.ts):
 * each part is escaped first.
 */
export interface Output {
  /** Results, to standard output. Styles are for a terminal only. */
  print(text: string | StyledText): void
  /** Standard output, if it is a terminal that shows more than plain text. */
  readonly screen?: Screen | undefined
  /** Problems, warnings and hints, to standard error. */
  note(text: string): void
  /** A result without escapes, for a file. Only for text that this program has made, never for its input. */
  write(bytes: Buffer): void
  /** Standard error, if it is a terminal. Text for it must be printable already. */
  readonly terminal?: ProblemTerminal | undefined
}

export interface ProblemTerminal {
  readonly colors: boolean
  write(text: string): void
}

export const processOutput: Output = {
  print: text => {
    const { screen } = processOutput
    process.stdout.write(`${screen === undefined ? printableOf(text) : paint(text, screen)}\n`)
  },
  get screen() {
    return process.stdout.isTTY ? screenOf(process.env, process.stdout.columns) : undefined
  },
  note: text => process.stderr.write(`${printableText(text)}\n`),
  write: bytes => process.stdout.write(bytes),
  get terminal() {
    const { NO_COLOR = '', TERM } = process.env
    if (!process.stderr.isTTY) return undefined
    const colors = NO_COLOR === '' && TERM !== 'dumb'
    return { colors, write: (text: string) => void process.stderr.write(`${text}\n`) }
  },
}

/** Escaped, and without styles. */
export function printableOf(text: string | StyledText): string {
  return printableText(typeof text === 'string' ? text : plainOf(text))
}

/** One line for each problem; on a terminal with an excerpt of the file. */
export function noteProblems(
  { note, terminal }: Output,
  problems: readonly Problem[],
  severity: Severity,
): void {
  const what = severity === 'error' ? 'problem' : severity
  if (terminal === undefined) {
    note(formatProblems(problems, what))
    return
  }
  const views = problems.map(problem => viewProblem(problem, { severity, ...terminal }))
  terminal.write([...views, countOf(problems, what)].join('\n'))
}

/** One line for each problem, and a last line that counts them. */
export function formatProblems(problems: readonly ProblemLine[], what: string): string {
  return [...problems.map(formatProblem), countOf(problems, what)].join('\n')
}

function countOf({ length }: readonly ProblemLine[], what: string): string {
  return `${length} ${what}${length === 1 ? '' : 's'}`
}
