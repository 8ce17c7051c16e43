// The alarms of rules, and of the guest passes by which rules admit. There are as many passes as the organisers of
// meetings need, so the windows of passes are bounded: the pass that has been idle longest loses its window first.
import { LRUCache } from 'lru-cache'
import type { AlarmWindow } from './alarm-window.ts'
import { buildAlarmWindow } from './alarm-window.ts'

export interface AlarmWindows {
  /** `pass`: the id of the pass by which the rule admits. A rule without passes keeps its window whatever comes. */
  find(rule: string, pass: string | undefined): AlarmWindow
}

export interface AlarmWindowsLimits {
  readonly maxPasses: number
  /** People of all passes together; one pass is always kept. */
  readonly maxPeople: number
}

const defaults: AlarmWindowsLimits = { maxPasses: 10_000, maxPeople: 1_000_000 }

export function buildAlarmWindows({ maxPasses, maxPeople } = defaults): AlarmWindows {
  const rules = new Map<string, AlarmWindow>()
  let people = 0
  const passes = new LRUCache<string, AlarmWindow>({
    max: maxPasses,
    dispose: window => {
      people -= window.people
    },
  })

  function findOfPass(key: string): AlarmWindow {
    const window = passes.get(key) ?? openPass(key)
    while (people > maxPeople && passes.size > 1) passes.pop()
    return window
  }

  function openPass(key: string): AlarmWindow {
    const window = buildAlarmWindow(change => {
      people += change
    })
    passes.set(key, window)
    return window
  }

  return {
    find: (rule, pass) => {
      if (pass !== undefined) return findOfPass(`${rule} ${pass}`)
      const known = rules.get(rule)
      if (known !== undefined) return known
      const window = buildAlarmWindow()
      rules.set(rule, window)
      return window
    },
  }
}
