// `photogate reload`: has the gate that runs with a configuration apply it, and says whether it did.
import { exitCodes } from '../error.ts'
import type { Output } from './output.ts'
import type { RunningGateOptions } from './running-gate.ts'
import { askRunningGate } from './running-gate.ts'

// Another directory of photos may be indexed for 30 s.
const defaultSeconds = 60

export function reload(options: RunningGateOptions, output: Output): Promise<number> {
  return askRunningGate(
    'reload',
    { timeout: defaultSeconds, ...options },
    {
      output,
      wordsOf: (answer, gate) => {
        if (answer.outcome === 'applied') {
          if (!options.json)
            for (const warning of answer.warnings) output.note(`warning: ${warning}`)
          const rules = answer.rules.length === 0 ? 'no rule' : answer.rules.join(', ')
          const text = `${gate} has applied the configuration: ${rules}`
          return { text, exitCode: exitCodes.fine }
        }
        if (answer.outcome !== 'refused') return undefined
        const problems = answer.problems.join('\n')
        const text = `${gate} keeps the old configuration, because the new one has problems:\n${problems}`
        return { text, exitCode: exitCodes.config }
      },
    },
  )
}
