// `photogate stop`: ends the gate that runs with a configuration.
import { exitCodes } from '../error.ts'
import type { Output } from './output.ts'
import type { RunningGateOptions } from './running-gate.ts'
import { askRunningGate } from './running-gate.ts'

// A gate gives requests under way 10 s.
const defaultSeconds = 20

export function stop(options: RunningGateOptions, output: Output): Promise<number> {
  return askRunningGate(
    'stop',
    { timeout: defaultSeconds, ...options },
    {
      output,
      wordsOf: ({ outcome }, gate) => {
        if (outcome === 'stopped') return { text: `${gate} has stopped`, exitCode: exitCodes.fine }
        if (outcome !== 'cut-off') return undefined
        const text = `${gate} has stopped, and cut off requests that were under way for too long`
        return { text, exitCode: exitCodes.findings }
      },
    },
  )
}
