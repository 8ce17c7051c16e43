// Whether a file is still being written: it is at rest when it has been the same for a while. Reads no file.

export interface Settling {
  /** When it is false, `lookAgain` is called once it may be true. */
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
      // Timers may fire early, as they count from the last turn of the event loop: then another is set.
      setTimeout(() => unsettled.has(name) && lookAgain(name), leftMs + 1).unref()
      return false
    },
    forget: name => void unsettled.delete(name),
    close: () => unsettled.clear(),
  }
}
