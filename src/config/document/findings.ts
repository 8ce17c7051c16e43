// The problems and warnings of a configuration, collected while it is built.
import type { Problem } from './problem.ts'
import { formatPath } from './problem.ts'
import type { ProblemCode } from './problem-codes.ts'
import type { ConfigDocument } from './yaml.ts'
import type { Keys } from './yaml-nodes.ts'

export interface Findings {
  readonly problems: Problem[]
  readonly warnings: Problem[]
  /** A problem at the value that the keys lead to: the configuration cannot be used. */
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
 * Whether the value or a part of it has a problem already, so that its consequences need not be reported. A problem of a
 * name does not count: it has no consequences.
 */
export function isRefused({ problems }: Findings, keys: Keys): boolean {
  const path = formatPath(keys)
  return problems.some(
    problem =>
      problem.path === path ||
      (problem.path.startsWith(`${path}.`) && problem.path !== `${path}.name`),
  )
}
