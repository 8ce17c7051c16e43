// Which photos are removed: those that no source has any more, after a time of grace, and never more at once than
// maxRemovals allows. A run removes nothing unless every source has listed everybody.
import type { SupplySettings } from '../../config/supply/settings.ts'
import type { PhotoRecord, Records } from './records.ts'

export interface Missing {
  readonly address: string
  readonly sinceMs: number
  /** When it is removed unless a source has it again. */
  readonly removeAtMs: number
}

export interface Removals {
  /** To be removed in this run: `removeAtMs` has passed. */
  readonly due: readonly Missing[]
  /** In their time of grace. */
  readonly missing: readonly Missing[]
}

export interface RemovalInput {
  readonly records: Records
  /** Whether some source has a photo for the address, or may have. */
  isWanted(address: string): boolean
  /** Whether the photo goes without grace: its source withdrew it, or it is another person's. */
  hasNoGrace(photo: PhotoRecord): boolean
  readonly removeAfterSeconds: number
  readonly nowMs: number
}

// The latest date of JavaScript.
const lastMs = 8.64e15

export function findRemovals(input: RemovalInput): Removals {
  const { records, isWanted, removeAfterSeconds, nowMs } = input
  const due: Missing[] = []
  const missing: Missing[] = []
  for (const photo of records.photos.values()) {
    const { address, missingSinceMs } = photo
    if (isWanted(address)) continue
    const sinceMs = missingSinceMs ?? nowMs
    const removeAtMs = Math.min(sinceMs + removeAfterSeconds * 1000, lastMs)
    if (removeAtMs <= nowMs) due.push({ address, sinceMs, removeAtMs })
    else if (input.hasNoGrace(photo)) due.push({ address, sinceMs, removeAtMs: nowMs })
    else missing.push({ address, sinceMs, removeAtMs })
  }
  return { due, missing }
}

/**
 * How many of `photos` one run may remove. A share is rounded up, so that one can always be removed.
 * @example limitOf({ share: 0.1 }, 11) // 2
 */
export function limitOf(maxRemovals: SupplySettings['maxRemovals'], photos: number): number {
  return 'count' in maxRemovals ? maxRemovals.count : Math.ceil(maxRemovals.share * photos)
}
