// Where commands print, and how. The only other place that knows the process is cli.ts.
import type { Problem, ProblemLine, Severity } from '../config/document/problem.ts'
import { formatProblem } from '../config/document/problem.ts'
import { printableText } from '../text/printable.ts'
import { viewProblem } from './problem-view.ts'

/**
 * What is printed holds names out of files, logs, tokens and directories. No caller has to think of it: `print` and
 * `note` write nothing that could steer a terminal (`printableText`), colours neither.
 */
export interface Output {
  /** Results, for reading or for a pipe. */
  print(text: string): void
  /** Everything else: problems, warnings, hints. */
  note(text: string): void
  /** A result to the byte, for a file. Only for what this program has made of its input, never for the input. */
  write(bytes: Buffer): void
  /** Where standard error is a terminal. What is written there must be printable already. */
  readonly terminal?: ProblemTerminal | undefined
}

export interface ProblemTerminal {
  readonly colors: boolean
  write(text: string): void
}

export const processOutput: Output = {
  print: text => process.stdout.write(`${printableText(text)}\n`),
  note: text => process.stderr.write(`${printableText(text)}\n`),
  write: bytes => process.stdout.write(bytes),
  get terminal() {
    const { NO_COLOR = '', TERM } = process.env
    if (!process.stderr.isTTY) return undefined
    const colors = NO_COLOR === '' && TERM !== 'dumb'
    return { colors, write: (text: string) => void process.stderr.write(`${text}\n`) }
  },
}

/** Problems as one line each, or on a terminal with the lines that they are in. */
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

/** One problem a line, and a last line that counts them. */
export function formatProblems(problems: readonly ProblemLine[], what: string): string {
  return [...problems.map(formatProblem), countOf(problems, what)].join('\n')
}

function countOf({ length }: readonly ProblemLine[], what: string): string {
  return `${length} ${what}${length === 1 ? '' : 's'}`
}
