// The worker that watches a photo directory, as the gate's thread sees it. When it fails, another is started.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Delivery } from './report-outbox.ts'
import type { WatchCommand } from './watch-command.ts'
import type { WatchOptions } from './watch-report.ts'

export interface WatchThread {
  tell(command: WatchCommand): void
  close(): Promise<void>
}

export interface WatchThreadOptions {
  readonly directory: string
  readonly watch: WatchOptions | undefined
  /** A worker has been started. It reports every file anew. */
  onStart(): void
  onDelivery(delivery: Delivery): void
  onError(error: Error): void
  /** The worker has ended, and the next one is not started yet. */
  onEnd(): void
}

const restartMs = 1_000

export function openWatchThread(options: WatchThreadOptions): WatchThread {
  const { directory, watch, onStart, onDelivery, onError, onEnd } = options
  let isClosed = false
  let worker = start()

  function start(): Worker {
    const script = new URL(`./watch-worker${extname(import.meta.url)}`, import.meta.url)
    const started = new Worker(script, { workerData: { directory, options: watch } })
    started.on('message', onDelivery)
    started.on('error', onError)
    started.on('exit', () => {
      if (isClosed) return
      onEnd()
      setTimeout(() => {
        if (!isClosed) worker = start()
      }, restartMs).unref()
    })
    onStart()
    return started
  }

  return {
    tell: command => worker.postMessage(command),
    close: async () => {
      isClosed = true
      await worker.terminate()
    },
  }
}
