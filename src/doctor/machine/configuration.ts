// Whether the configuration can be used, and what is risky about it: what check says, as findings.

import type { Problem } from '../../config/document/problem.ts'
import type { Loaded } from '../../config/load.ts'
import type { Diagnosis, Finding } from '../finding.ts'

/** `name`: how to call the configuration in a sentence. */
export function checkConfiguration(name: string, loaded: Loaded): Diagnosis {
  const { problems, warnings } = loaded
  const findings = [
    ...problems.map(problem => findingOf(problem, 'config-problem')),
    ...warnings.map(warning => findingOf(warning, 'config-warning')),
  ]
  const fine = findings.length === 0 ? [`${name} has no problems and no warnings.`] : []
  return { findings, fine, unknown: [] }
}

function findingOf(problem: Problem, code: 'config-problem' | 'config-warning'): Finding {
  const { file, line, path, message } = problem
  const isProblem = code === 'config-problem'
  return {
    code,
    effect: isProblem ? 'breaks' : 'weakens',
    place: { file, ...(line === undefined ? {} : { line }) },
    seen: [path, message].filter(part => part !== '').join(' '),
    why: isProblem
      ? 'photogate does not start with this configuration, and does not apply it on reload.'
      : 'photogate serves with it, and it may not do what it was written for.',
    cure: ['Change the configuration as the message says, and run photogate check.'],
  }
}
