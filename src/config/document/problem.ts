// A problem of a configuration: what is wrong, where, and what to write.
import { printable } from '../../text/printable.ts'
import type { ProblemCode } from './problem-codes.ts'

export interface Problem {
  /** The file as the administrator named it. */
  readonly file: string
  /** From 1; undefined when the problem has no place in the file. */
  readonly line?: number
  readonly column?: number
  /** `allow[2].from[0]`, or empty for the whole. */
  readonly path: string
  /** What is wrong; after the last semicolon, what to write. Worded to follow the path. */
  readonly message: string
  readonly code: ProblemCode
  /** The whole line that it is in, for showing. */
  readonly excerpt?: string
}

/** The parts of a problem that a line of text shows. */
export type ProblemLine = Omit<Problem, 'code' | 'excerpt'>

/** One line: `photogate.yaml:14:7 allow[2].from[0] "10.1.2.3/8" has host bits set; write 10.0.0.0/8`. */
export function formatProblem({ file, line, column, path, message }: ProblemLine): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`
  return printable([place, path, message].filter(part => part !== '').join(' '))
}

export type Severity = 'error' | 'warning'

/** A problem as programs get it (`check --json`). `text` and `suggestion` are the two parts of `message`. */
export interface ProblemReport extends ProblemLine {
  readonly code: ProblemCode
  readonly severity: Severity
  readonly text: string
  readonly suggestion?: string
}

export function reportProblem(problem: Problem, severity: Severity): ProblemReport {
  const { excerpt: _, code, ...line } = problem
  const at = findAdvice(line.message)
  const text = at < 0 ? line.message : line.message.slice(0, at)
  const suggestion = at < 0 ? {} : { suggestion: line.message.slice(at + 2) }
  return { code, severity, ...line, text, ...suggestion }
}

// The last semicolon that does not stand within a quoted value.
function findAdvice(message: string): number {
  return message
    .replace(/"(?:[^"\\]|\\.)*"/g, quoted => '"'.repeat(quoted.length))
    .lastIndexOf('; ')
}

/**
 * The path of a value in messages.
 * @example formatPath(['allow', 2, 'from']) // 'allow[2].from'
 */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`))
    .join('')
}
