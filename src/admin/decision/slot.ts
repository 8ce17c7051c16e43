// What happened in one stretch of time: requests by rule and reason, and who and what came most.
import type { AccessRecord } from '../../gate/access-record.ts'
import type { DecisionCounts } from './counts.ts'
import { buildDecisionCounts } from './counts.ts'
import type { Frequent } from './frequent.ts'
import { buildFrequent } from './frequent.ts'
import { outcomeOf } from './outcome.ts'

export interface Slot {
  /** Milliseconds since the epoch. */
  readonly startMs: number
  readonly counts: DecisionCounts
  readonly top: Tops
}

/** Clients that rules admit, clients that they turn away, and photos asked for by those who are admitted. */
export type Tops = Record<TopKind, Frequent>

export type TopKind = 'clients' | 'turnedAway' | 'photos'

export const topKinds: readonly TopKind[] = ['clients', 'turnedAway', 'photos']

/** How many keys of each kind a slot in use follows, and how many of them are kept when its time is over. */
export const followedKeys = 2_000
export const keptKeys = 100

export function openSlot(startMs: number, maxKeys = followedKeys): Slot {
  const [clients, turnedAway, photos] = topKinds.map(() => buildFrequent(maxKeys)) as [
    Frequent,
    Frequent,
    Frequent,
  ]
  return { startMs, counts: buildDecisionCounts(), top: { clients, turnedAway, photos } }
}

export function countIn({ counts, top }: Slot, record: AccessRecord): void {
  const { rule, reason, client, address } = record
  counts.add(rule, reason)
  const outcome = outcomeOf(rule)
  if (outcome === 'unjudged') return
  const isAdmitted = outcome === 'admitted'
  if (client !== null) top[isAdmitted ? 'clients' : 'turnedAway'].add(client)
  if (isAdmitted && address !== null) top.photos.add(address)
}

/** Adds what happened in `from`, with its keys. */
export function addSlot(to: Slot, from: Slot): void {
  to.counts.addAll(from.counts)
  for (const kind of topKinds) {
    for (const [key, count] of from.top[kind].entries()) to.top[kind].add(key, count)
  }
}

/** The same slot with no more than is kept. */
export function shrink(slot: Slot): Slot {
  const small = openSlot(slot.startMs, keptKeys)
  small.counts.addAll(slot.counts)
  for (const kind of topKinds) {
    for (const [key, count] of slot.top[kind].top(keptKeys)) small.top[kind].add(key, count)
  }
  return small
}
