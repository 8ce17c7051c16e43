// Answers on their way out. They wait until every request that has come in with theirs is judged, and
// are then written one after the other: each write wakes whoever reads, and to wake a front that has
// just gone to sleep costs as much as to make the answer. In a burst it is woken once.
import type { ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import { send } from './answer.ts'

export interface WriteBatch {
  /** Sends the answer before the event loop waits for input again. Not to those who are gone by then. */
  put(response: ServerResponse, answer: Answer): void
  /** Sends all that waits, now. */
  flush(): void
}

/** `onFault` is told what went wrong with an answer; its connection is cut, and the others go out. */
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
