// What is wrong with a configuration, and where.
import { printable } from '../ltpa/printable.ts'

export interface Problem {
  /** The file as the administrator named it. */
  readonly file: string
  /** From 1; undefined when the problem has no place in the file. */
  readonly line?: number
  readonly column?: number
  /** `allow[2].from[0]`, or empty for the whole. */
  readonly path: string
  /** What is wrong and what to write, worded to follow the path. */
  readonly message: string
}

/** One line: `photogate.yaml:14:7 allow[2].from[0] "10.1.2.3/8" has host bits set; write 10.0.0.0/8`. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`
  return printable([place, path, message].filter(part => part !== '').join(' '))
}

/** `['allow', 2, 'from']` as `allow[2].from`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`))
    .join('')
}

/** The candidate that differs least from the text, if it is near enough to be meant. */
export function findNearest(text: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map(candidate => ({
      candidate,
      distance: editDistance(text.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(2, text.length / 3) ? best.candidate : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, swap)
    }
    row = next
  }
  return row[b.length] as number
}
