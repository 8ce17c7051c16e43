// What the next configuration would change, for the page.
import { formatProblem } from '../../config/document/problem.ts'
import type { Settings } from '../../config/settings.ts'
import type { ShadowFacts } from '../shadow/shadow-report.ts'
import type { ShadowAnswer } from './answers.ts'

const maxProblems = 20

export function answerShadow({ shadow }: Settings, facts: ShadowFacts | undefined): ShadowAnswer {
  if (shadow === undefined) return { file: null, problems: [], facts: null }
  const problems = shadow.problems.slice(0, maxProblems).map(formatProblem)
  return { file: shadow.file, problems, facts: facts ?? null }
}
