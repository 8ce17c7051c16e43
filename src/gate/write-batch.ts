// Answers of one turn of the event loop, written together. Each write wakes the reader, and waking a front that has
// just gone to sleep costs as much as making the answer. In a burst, the front is woken once.
import type { ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import { send } from './answer.ts'

export interface WriteBatch {
  /** Sends the answer before the event loop waits for input again, unless the client is gone by then. */
  put(response: ServerResponse, answer: Answer): void
  /** Sends all waiting answers now. */
  flush(): void
}

/** An answer that cannot be sent is reported to `onFault` and its connection is cut; the other answers are sent. */
export function buildWriteBatch(onFault: (error: unknown) => void): WriteBatch {
  let waiting: { readonly response: ServerResponse; readonly answer: Answer }[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    for (const { response, answer } of batch) {
      try {
        if (!response.destroyed) send(response, answer)
      } catch (error) {
        onFault(error)
        response.destroy()
      }
    }
  }

  return {
    put: (response, answer) => {
      // Runs when all input at hand has been read.
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ response, answer })
    },
    flush,
  }
}
