// Recognises a new configuration that turns people away because a file is half written: such a file is valid when it
// is empty, has no rule, or is a network or group file that lists nothing.

import type { Problem } from '../config/document/problem.ts'
import type { Loaded } from '../config/load.ts'

/**
 * What the new configuration lacks, so that it would turn away everybody or everybody of a network or a group;
 * undefined when nothing is missing. A file that was empty before may stay empty.
 */
export function findEmptiness(next: Loaded, running: Loaded): string | undefined {
  if (next.settings?.policy.rules.length === 0) return 'it has no rule'
  const known = emptyFilesOf(running)
  const fresh = emptyFilesOf(next).find(({ path }) => !known.some(old => old.path === path))
  return fresh === undefined ? undefined : `${fresh.path} ${fresh.message}`
}

function emptyFilesOf({ warnings }: Loaded): Problem[] {
  return warnings.filter(
    ({ code }) => code === 'GATE_CONFIG_NO_NETWORK' || code === 'GATE_CONFIG_NO_MEMBER',
  )
}
