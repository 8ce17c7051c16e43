// Problems of a configuration for a terminal: each with its line of the file and a caret below its position.
import pc from 'picocolors'
import type { Problem, Severity } from '../config/document/problem.ts'
import { formatProblem } from '../config/document/problem.ts'
import { printable } from '../text/printable.ts'

export interface ViewOptions {
  readonly severity: Severity
  readonly colors: boolean
}

// Characters of a long line that are shown before and after the position.
const before = 60
const after = 40

/** `problem` lines with excerpts. The text is the same as in a pipe. */
export function viewProblem(problem: Problem, { severity, colors }: ViewOptions): string {
  const { red, yellow, dim } = pc.createColors(colors)
  const paint = severity === 'error' ? red : yellow
  const { excerpt, line, column } = problem
  const head = paint(formatProblem(problem))
  if (excerpt === undefined || line === undefined || column === undefined) return head
  const start = Math.max(0, column - 1 - before)
  // A URL may hold a password. Masking keeps the length, so the caret stays in its place.
  const shown = excerpt.replace(/:\/\/[^@\s]*@/g, secret => `://${'*'.repeat(secret.length - 4)}@`)
  const show = (from: number, to: number) => printable(shown.slice(from, to).replaceAll('\t', ' '))
  const gutter = `${line} | `
  const lead = `${start > 0 ? '…' : ''}${show(start, column - 1)}`
  const rest = `${show(column - 1, column - 1 + after)}${shown.length > column - 1 + after ? '…' : ''}`
  const caret = `${' '.repeat(gutter.length + lead.length)}^`
  return [head, `${dim(gutter)}${lead}${rest}`, paint(caret)].join('\n')
}
