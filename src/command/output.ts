// Where commands print, and how. The only other place that knows the process is cli.ts.
import type { Problem } from '../config/problem.ts'
import { formatProblem } from '../config/problem.ts'

export interface Output {
  /** Results, for reading or for a pipe. */
  print(text: string): void
  /** Everything else: problems, warnings, hints. */
  note(text: string): void
  /** A result to the byte, for a file. */
  write(bytes: Buffer): void
}

export const processOutput: Output = {
  print: text => process.stdout.write(`${text}\n`),
  note: text => process.stderr.write(`${text}\n`),
  write: bytes => process.stdout.write(bytes),
}

/** One problem a line, and a last line that counts them. */
export function formatProblems(problems: readonly Problem[], what: string): string {
  const count = `${problems.length} ${what}${problems.length === 1 ? '' : 's'}`
  return [...problems.map(formatProblem), count].join('\n')
}
