// What the next configuration would change, counted since one of the two was read last, with examples. A reload begins
// anew: what was counted before was a comparison with something else.
import type { AccessRecord, Judged } from '../../gate/access-record.ts'
import type { GateState } from '../../gate/state.ts'
import type { ShadowChange, ShadowJudge, ShadowVerdict } from './shadow-judge.ts'
import { buildShadowJudge } from './shadow-judge.ts'

/** A request that would get another answer. */
export interface ShadowExample {
  readonly timeMs: number
  readonly client: string | null
  readonly address: string | null
  readonly change: ShadowChange
  /** The rule that admitted it; null: it was turned away. */
  readonly rule: string | null
  /** The rule that would admit it; null: it would be turned away. */
  readonly nextRule: string | null
}

export interface ShadowCount {
  readonly change: ShadowChange
  readonly rule: string | null
  readonly nextRule: string | null
  readonly count: number
}

export interface ShadowFacts {
  readonly sinceMs: number
  /** Requests that both configurations have judged. */
  readonly judged: number
  /** All that would change, the most frequent first. */
  readonly counts: readonly ShadowCount[]
  /** Of each change the newest, the newest first. */
  readonly examples: readonly ShadowExample[]
  /** Requests that could not be judged, because a condition failed with a fault of the program. */
  readonly faults: number
}

export interface ShadowReport {
  add(record: AccessRecord, judged: Judged | undefined): void
  /** Undefined: there is no next configuration, or it has problems. */
  readonly facts: ShadowFacts | undefined
}

const maxExamples = 20
const maxKinds = 2_000

export function buildShadowReport(
  live: { readonly current: GateState },
  now: () => number = Date.now,
): ShadowReport {
  let state: GateState | undefined
  let judge: ShadowJudge | undefined
  let sums = openSums(0)

  function follow(): void {
    if (state === live.current) return
    state = live.current
    judge = buildShadowJudge(state)
    sums = openSums(now())
  }

  return {
    add: (record, judged) => {
      follow()
      // A request that was judged before a reload is no example of what the next one changes.
      if (judge === undefined || judged?.state !== state) return
      try {
        const verdict = judge(record, judged)
        if (verdict !== undefined) sums.add(record, verdict)
      } catch {
        sums.faults++
      }
    },
    get facts() {
      follow()
      return judge === undefined ? undefined : sums.facts()
    },
  }
}

function openSums(sinceMs: number) {
  const counts = new Map<string, ShadowCount>()
  const examples = new Map<ShadowChange, ShadowExample[]>()
  let judged = 0
  const sums = {
    faults: 0,
    add: (record: AccessRecord, { change, rule: nextRule, reason }: ShadowVerdict) => {
      judged++
      if (change === 'same') return
      const { timeMs, client, address } = record
      const rule = change === 'newly-admitted' ? null : record.rule
      const key = `${change} ${rule} ${nextRule} ${reason}`
      const known = counts.get(key)
      if (known !== undefined || counts.size < maxKinds) {
        counts.set(key, { change, rule, nextRule, count: (known?.count ?? 0) + 1 })
      }
      const kept = examples.get(change) ?? []
      examples.set(change, kept)
      kept.push({ timeMs, client, address, change, rule, nextRule })
      if (kept.length > maxExamples) kept.shift()
    },
    facts: (): ShadowFacts => ({
      ...{ sinceMs, judged, faults: sums.faults },
      counts: [...counts].sort(byCount).map(([, count]) => count),
      examples: [...examples.values()].flat().sort((a, b) => b.timeMs - a.timeMs),
    }),
  }
  return sums
}

type CountEntry = readonly [key: string, count: ShadowCount]

// Equal counts by their names, so that rows do not change places.
function byCount([one, { count: a }]: CountEntry, [other, { count: b }]: CountEntry): number {
  return b - a || (one < other ? -1 : 1)
}
