// A half-written file that is valid has nothing in it, or has no rule, or is a network file without networks.

import type { Problem } from '../config/document/problem.ts'
import type { Loaded } from '../config/load.ts'

/**
 * What the new configuration lacks that would turn everybody away, or everybody of a network; undefined when
 * nothing does. A network file that was empty before may stay so.
 */
export function findEmptiness(next: Loaded, running: Loaded): string | undefined {
  if (next.settings?.policy.rules.length === 0) return 'it has no rule'
  const known = emptyFilesOf(running)
  const fresh = emptyFilesOf(next).find(({ path }) => !known.some(old => old.path === path))
  return fresh === undefined ? undefined : `${fresh.path} ${fresh.message}`
}

function emptyFilesOf({ warnings }: Loaded): Problem[] {
  return warnings.filter(({ code }) => code === 'GATE_CONFIG_NO_NETWORK')
}
