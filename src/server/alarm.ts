// A sleep that can be cut short.

export interface Alarm {
  /** Resolves after that long, or when the alarm rings; at once if it rang since the last sleep. */
  sleep(ms: number): Promise<void>
  ring(): void
}

export function openAlarm(): Alarm {
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
