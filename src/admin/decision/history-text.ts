// The history as text, so that a stop does not lose the month. A text that is not whole is refused whole: half of a
// history would look like a quiet day.
import type { Reason } from '../../gate/access-record.ts'
import type { History, HistorySpan } from './history.ts'
import { spanNames } from './history.ts'
import type { Slot } from './slot.ts'
import { keptKeys, openSlot, topKinds } from './slot.ts'

const version = 1

/**
 * JSON in pieces, of the history as it is at the call: 3 MB for a gate that many clients ask, each piece some kilobytes, so
 * that requests can be answered between them.
 */
export function formatHistory(history: History, nowMs: number): Iterable<string> {
  const slots = spanNames.map(span => [span, history.slots(span, nowMs)] as const)
  return pieces(slots, nowMs)
}

function* pieces(
  spans: readonly (readonly [HistorySpan, readonly Slot[]])[],
  nowMs: number,
): Iterable<string> {
  yield `{"photogateHistory":${version},"savedMs":${nowMs}`
  for (const [span, slots] of spans) {
    yield `,"${span}":[`
    for (const [at, slot] of slots.entries()) {
      yield `${at === 0 ? '' : ','}${JSON.stringify(writeSlot(slot))}`
    }
    yield ']'
  }
  yield '}'
}

/**
 * Puts the text's slots into the history.
 * @returns why nothing was put back, worded to follow the file's name; undefined when all was.
 */
export function restoreHistory(history: History, text: string, nowMs: number): string | undefined {
  try {
    const saved = JSON.parse(text) as Record<string, unknown>
    if (saved.photogateHistory !== version) return 'is not a history of this version of photogate'
    const read = spanNames.map(span => [span, readArray(saved[span], readSlot)] as const)
    for (const [span, slots] of read) history.restore(span as HistorySpan, slots, nowMs)
    return undefined
  } catch (error) {
    return `is damaged: ${(error as Error).message}`
  }
}

function writeSlot({ startMs, counts, top }: Slot) {
  const tops = topKinds.map(kind => [kind, top[kind].top(keptKeys)])
  return { startMs, counts: [...counts.entries()], ...Object.fromEntries(tops) }
}

function readSlot(value: unknown): Slot {
  const from = value as Record<string, unknown>
  const slot = openSlot(readCount(from.startMs))
  readArray(from.counts, entry => {
    const [rule, reason, count] = entry as unknown[]
    slot.counts.add(
      rule === null ? null : readText(rule),
      readText(reason) as Reason,
      readCount(count),
    )
  })
  for (const kind of topKinds) {
    readArray(from[kind], entry => {
      const [key, count] = entry as unknown[]
      slot.top[kind].add(readText(key), readCount(count))
    })
  }
  return slot
}

function readArray<Item>(value: unknown, read: (item: unknown) => Item): Item[] {
  if (!Array.isArray(value)) throw new Error('a list is missing')
  return value.map(read)
}

function readText(value: unknown): string {
  if (typeof value !== 'string' || value.length > 1_000) throw new Error('a text is missing')
  return value
}

function readCount(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error('a number is missing')
  return value as number
}
