// Where commands print, and how. The only other place that knows the process is cli.ts.
import type { ProblemLine } from '../config/problem.ts'
import { formatProblem } from '../config/problem.ts'
import { printableText } from '../ltpa/printable.ts'

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
}

export const processOutput: Output = {
  print: text => process.stdout.write(`${printableText(text)}\n`),
  note: text => process.stderr.write(`${printableText(text)}\n`),
  write: bytes => process.stdout.write(bytes),
}

/** One problem a line, and a last line that counts them. */
export function formatProblems(problems: readonly ProblemLine[], what: string): string {
  const count = `${problems.length} ${what}${problems.length === 1 ? '' : 's'}`
  return [...problems.map(formatProblem), count].join('\n')
}
