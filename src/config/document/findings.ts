// The problems and warnings that gather while a configuration is put together.
import type { Problem } from './problem.ts'
import { formatPath } from './problem.ts'
import type { ProblemCode } from './problem-codes.ts'
import type { ConfigDocument } from './yaml.ts'
import type { Keys } from './yaml-nodes.ts'

export interface Findings {
  readonly problems: Problem[]
  readonly warnings: Problem[]
  /** Something that keeps the configuration from being used, at the value that the keys lead to. */
  refuse(keys: Keys, message: string, code?: ProblemCode): void
  /** Something legal but risky. */
  warn(keys: Keys, message: string, code?: ProblemCode): void
}

export function collectFindings(source: ConfigDocument): Findings {
  const problems = [...source.problems]
  const warnings: Problem[] = []
  return {
    problems,
    warnings,
    refuse: (keys, message, code) => void problems.push(source.problemAt(keys, message, code)),
    warn: (keys, message, code = 'GATE_CONFIG_RISK') =>
      void warnings.push(source.problemAt(keys, message, code)),
  }
}

/**
 * Whether there is a problem at the value or inside of it already, so that what follows from it need not
 * be told as well. A name does not count: nothing follows from it.
 */
export function isRefused({ problems }: Findings, keys: Keys): boolean {
  const path = formatPath(keys)
  return problems.some(
    problem =>
      problem.path === path ||
      (problem.path.startsWith(`${path}.`) && problem.path !== `${path}.name`),
  )
}
