// Whether a file is still being written: writing is finished when the file has been the same for a while. Reads no file.

export interface WriteFinish {
  /** When it is false, `lookAgain` is called once it may be true. */
  isFinished(name: string, signature: string): boolean
  forget(name: string): void
  close(): void
}

/** `settleMs`: how long a file must have stayed the same. */
export function openWriteFinish(settleMs: number, lookAgain: (name: string) => void): WriteFinish {
  const unfinished = new Map<string, { signature: string; sinceMs: number }>()
  return {
    isFinished: (name, signature) => {
      const nowMs = performance.now()
      const before = unfinished.get(name)
      const sinceMs = before?.signature === signature ? before.sinceMs : nowMs
      const leftMs = sinceMs + settleMs - nowMs
      if (leftMs <= 0) return true
      unfinished.set(name, { signature, sinceMs })
      // Timers may fire early, as they count from the last turn of the event loop: then another is set.
      setTimeout(() => unfinished.has(name) && lookAgain(name), leftMs + 1).unref()
      return false
    },
    forget: name => void unfinished.delete(name),
    close: () => unfinished.clear(),
  }
}
