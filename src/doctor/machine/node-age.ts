// Whether Node.js still gets security fixes.
import type { Diagnosis } from '../finding.ts'

// Releases before it are past their end of life (nodejs.org/en/about/previous-releases).
const oldestMaintained = 22
const recommended = 24

/** `version`: such as `20.20.2`. */
export function checkNodeAge(version: string): Diagnosis {
  if (Number.parseInt(version, 10) >= oldestMaintained) {
    return { findings: [], fine: [`Node.js ${version} gets security fixes.`], unknown: [] }
  }
  const finding = {
    code: 'node-age',
    effect: 'weakens',
    seen: `photogate runs on Node.js ${version}.`,
    why: 'This release is past its end of life: faults in it that let attackers in are no longer mended.',
    cure: [`Install Node.js ${recommended} and start photogate with it.`],
  } as const
  return { findings: [finding], fine: [], unknown: [] }
}
