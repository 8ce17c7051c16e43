// How an import is told to stop: work that has begun is finished, if that is soon; a second signal ends the process at
// once.

// How long an import that is told to stop may take to do so.
const maxStopMs = 1_700

/** Aborts on the first SIGINT or SIGTERM. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort()
      // By the signal, because exit would wait for what does not answer. Nobody handles it any more.
      setTimeout(() => process.kill(process.pid, name), maxStopMs).unref()
    })
  }
  return controller.signal
}
