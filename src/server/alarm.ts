// A sleep that can be ended early.

export interface Alarm {
  /** Resolves after `ms`, or when the alarm rings; at once if it rang since the last sleep. */
  sleep(ms: number): Promise<void>
  ring(): void
}

export function buildAlarm(): Alarm {
  let wake: (() => void) | undefined
  let hasRung = false
  return {
    sleep: async ms => {
      if (!hasRung) {
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = undefined
      hasRung = false
    },
    ring: () => {
      hasRung = true
      wake?.()
    },
  }
}
