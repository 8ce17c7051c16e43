// What the gate has decided over the last hour, day and month, in three rings of fixed size. Knows no file and reads no
// clock: each record says its time.
import type { AccessRecord } from '../../gate/access-record.ts'
import type { Slot } from './slot.ts'
import { addSlot, countIn, openSlot, shrink } from './slot.ts'

/** How long a span is, in how many slots. */
export const spans = {
  hour: { slotMs: 60_000, slots: 60 },
  day: { slotMs: 15 * 60_000, slots: 96 },
  month: { slotMs: 6 * 3_600_000, slots: 124 },
} as const

export type HistorySpan = keyof typeof spans

export const spanNames = Object.keys(spans) as HistorySpan[]

export interface History {
  add(record: AccessRecord): void
  /** The slots in which something happened, the oldest first; the last one may still grow. */
  slots(span: HistorySpan, nowMs: number): readonly Slot[]
  /** Puts back what was saved. Slots that are too old at `nowMs`, or later than it, are left out. */
  restore(span: HistorySpan, slots: readonly Slot[], nowMs: number): void
}

// A minute follows fewer keys than a quarter of an hour needs; what comes often is in many minutes.
const minuteKeys = 500

export function buildHistory(): History {
  const rings = Object.fromEntries(spanNames.map(name => [name, buildRing(name)])) as Record<
    HistorySpan,
    Ring
  >
  // Only the minute is counted for each request. Its sums go on to the others when it is over.
  let minute = openSlot(0, minuteKeys)

  function endMinute(): void {
    if (minute.startMs === 0) return
    for (const name of spanNames) rings[name].add(minute)
  }

  return {
    add: record => {
      const startMs = startOf(record.timeMs, spans.hour.slotMs)
      // A record of an earlier minute, of a request that took long, counts in the one that is open.
      if (startMs > minute.startMs || minute.startMs - startMs > spans.hour.slotMs) {
        endMinute()
        minute = openSlot(startMs, minuteKeys)
      }
      countIn(minute, record)
    },
    slots: (span, nowMs) => {
      const { slots, open } = rings[span].with(minute.startMs === 0 ? undefined : minute)
      const all = open === undefined ? slots : [...slots, open]
      return all.filter(({ startMs }) => isWithin(span, startMs, nowMs))
    },
    restore: (span, slots, nowMs) => {
      const kept = slots.filter(({ startMs }) => isWithin(span, startMs, nowMs))
      for (const slot of kept) rings[span].add(slot)
    },
  }
}

interface Ring {
  /** Adds a slot of the same or a smaller length. */
  add(slot: Slot): void
  /** As if the slot had been added: those that are full, the oldest first, and the one that may still grow. */
  with(slot: Slot | undefined): RingView
}

interface RingView {
  readonly slots: readonly Slot[]
  readonly open: Slot | undefined
}

function buildRing(span: HistorySpan): Ring {
  const { slotMs, slots: maxSlots } = spans[span]
  let slots: readonly Slot[] = []
  let open: Slot | undefined

  // The clock was set back: slots that are further ahead than one were counted by a clock that was wrong.
  const isBelievable = (each: Slot, startMs: number) => each.startMs <= startMs + slotMs

  return {
    add: slot => {
      const startMs = startOf(slot.startMs, slotMs)
      slots = slots.filter(each => isBelievable(each, startMs))
      if (open !== undefined && !isBelievable(open, startMs)) open = undefined
      if (open !== undefined && startMs > open.startMs) {
        slots = [...slots, shrink(open)].slice(1 - maxSlots)
        open = undefined
      }
      open ??= openSlot(startMs)
      addSlot(open, slot)
    },
    with: slot => {
      if (slot === undefined) return { slots, open }
      const startMs = startOf(slot.startMs, slotMs)
      const believable = slots.filter(each => isBelievable(each, startMs))
      const last = open !== undefined && isBelievable(open, startMs) ? open : undefined
      const isSame = last !== undefined && startMs <= last.startMs
      const sum = openSlot(isSame ? last.startMs : startMs)
      if (isSame) addSlot(sum, last)
      addSlot(sum, slot)
      const full = last === undefined || isSame ? believable : [...believable, last]
      return { slots: full, open: sum }
    },
  }
}

function startOf(timeMs: number, slotMs: number): number {
  return timeMs - (timeMs % slotMs)
}

function isWithin(span: HistorySpan, startMs: number, nowMs: number): boolean {
  const { slotMs, slots } = spans[span]
  return startMs > nowMs - slotMs * slots && startMs <= nowMs
}
