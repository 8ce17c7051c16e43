// The problems and warnings that gather while a configuration is put together.
import type { Problem } from './problem.ts'
import type { Keys, Source } from './source.ts'

export interface Findings {
  readonly problems: Problem[]
  readonly warnings: Problem[]
  /** Something that keeps the configuration from being used, at the value that the keys lead to. */
  refuse(keys: Keys, message: string): void
  /** Something legal but risky. */
  warn(keys: Keys, message: string): void
}

export function gatherFindings(source: Source): Findings {
  const problems = [...source.problems]
  const warnings: Problem[] = []
  return {
    problems,
    warnings,
    refuse: (keys, message) => void problems.push(source.problemAt(keys, message)),
    warn: (keys, message) => void warnings.push(source.problemAt(keys, message)),
  }
}
