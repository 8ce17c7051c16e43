// `photogate check`: everything wrong with a configuration, and everything risky about it.
import type { Problem } from '../config/problem.ts'
import { reportProblem } from '../config/problem.ts'
import { exitCodes } from '../error.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadChosenConfig } from './config-file.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'

const oldestRecommendedNode = 22

export interface CheckOptions extends ConfigChoice {
  json?: boolean
}

/** @returns the exit code: 0, or 78 when there are problems. Warnings alone are fine. */
export function check(options: CheckOptions, output: Output): number {
  const loaded = loadChosenConfig(options, { needsPhotos: 'readable' })
  const warnings = [...loaded.warnings, ...nodeWarnings(process.versions.node)]
  const { problems } = loaded
  if (options.json) {
    const report = {
      valid: problems.length === 0,
      problems: problems.map(problem => reportProblem(problem, 'error')),
      warnings: warnings.map(warning => reportProblem(warning, 'warning')),
    }
    output.print(JSON.stringify(report, null, 2))
  } else {
    if (problems.length > 0) noteProblems(output, problems, 'error')
    if (warnings.length > 0) noteProblems(output, warnings, 'warning')
    if (problems.length === 0) {
      const rules = loaded.settings?.policy.rules.length ?? 0
      output.print(
        `${loaded.file ?? 'the built-in configuration'} is fine: ${rules} rule${rules === 1 ? '' : 's'}`,
      )
    }
  }
  return problems.length > 0 ? exitCodes.config : exitCodes.fine
}

/** Node's releases before 22 get no security fixes any more. */
export function nodeWarnings(version: string): Problem[] {
  if (Number.parseInt(version, 10) >= oldestRecommendedNode) return []
  const message = 'is past its end of life; use 24'
  return [{ file: 'Node.js', path: version, message, code: 'GATE_NODE_AGE' }]
}
