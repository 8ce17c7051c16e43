// Tells whether somebody is still writing to a file: it is at rest once it has looked the same for a while.

export interface Settling {
  /** If it is not, `lookAgain` is called when it may be. */
  isAtRest(name: string, signature: string): boolean
  forget(name: string): void
  close(): void
}

/** `settleMs`: how long a file must have stayed the same. */
export function openSettling(settleMs: number, lookAgain: (name: string) => void): Settling {
  const unsettled = new Map<string, { signature: string; sinceMs: number }>()
  return {
    isAtRest: (name, signature) => {
      const nowMs = performance.now()
      const before = unsettled.get(name)
      const sinceMs = before?.signature === signature ? before.sinceMs : nowMs
      const leftMs = sinceMs + settleMs - nowMs
      if (leftMs <= 0) return true
      unsettled.set(name, { signature, sinceMs })
      // Timers count from when the loop last woke, and so may come early: then this is set again.
      setTimeout(() => unsettled.has(name) && lookAgain(name), leftMs + 1).unref()
      return false
    },
    forget: name => void unsettled.delete(name),
    close: () => unsettled.clear(),
  }
}
