// A directory of photos, ready to be asked: watch, index and store joined. What the gate asks for
// photos, and all that it knows of them.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { WatchOptions, WatchReport } from './directory-watch.ts'
import type { PhotoFile } from './photo-file.ts'
import { buildPhotoIndex } from './photo-index.ts'
import type { Photo } from './photo-store.ts'
import { buildPhotoStore } from './photo-store.ts'

export interface PhotoLibrary {
  /** By canonical address. A value when it is in memory or certainly missing, else a promise. */
  find(address: string): Photo | undefined | Promise<Photo | undefined>
  /** Photos that the index knows of now. */
  readonly size: number
  /** Whether every photo is known: until the first scan is through, a missing one may only be late. */
  readonly isScanned: boolean
  /** Settles when the first scan of the directory is through, or has failed. */
  readonly scanned: Promise<void>
  close(): Promise<void>
}

export interface PhotoLibraryOptions {
  directory: string
  cacheBytes: number
  watch?: WatchOptions
  /** Something an administrator should know: a file that is not served, a directory that cannot be read. */
  warn(details: Record<string, unknown>, message: string): void
  info(details: Record<string, unknown>, message: string): void
}

const restartMs = 1_000

export function openPhotoLibrary(options: PhotoLibraryOptions): PhotoLibrary {
  const { directory, cacheBytes, warn, info } = options
  const index = buildPhotoIndex(files => {
    const [served, ...ignored] = files.map(({ name }) => name)
    warn({ served, ignored }, 'several files for one address: the newest is served')
  })
  const store = buildPhotoStore({
    directory,
    cacheBytes,
    onRefused: (name, reason) => warn({ file: name, reason }, 'a file is not served'),
  })
  let isClosed = false
  let hasScanned = false
  let unconfirmed = new Set<string>()
  let lastTrouble = ''
  let settle!: () => void
  const scanned = new Promise<void>(resolve => {
    settle = resolve
  })
  let worker = start()

  function start(): Worker {
    const script = new URL(`./watch-worker${extname(import.meta.url)}`, import.meta.url)
    const started = new Worker(script, { workerData: { directory, options: options.watch } })
    started.on('message', receive)
    started.on('error', error => {
      warn({ directory, err: error }, 'the photo watch failed')
      settle() // Nobody is to wait for a scan that may never come.
    })
    started.on('exit', () => {
      if (isClosed) return
      setTimeout(() => {
        if (!isClosed) worker = start()
      }, restartMs).unref()
    })
    // A new worker reports every file afresh. What it does not find has gone while nobody looked.
    unconfirmed = new Set(index.names())
    return started
  }

  function receive(report: WatchReport): void {
    if (report.kind === 'files') {
      for (const { name } of report.changed) unconfirmed.delete(name)
      update(report.changed, report.gone)
    } else if (report.kind === 'refused') {
      warn({ file: report.name, reason: report.reason }, 'a file is not served')
    } else if (report.kind === 'unreadable') {
      if (report.message !== lastTrouble) {
        warn(
          { directory, reason: report.message },
          'the photo directory cannot be read; photos known so far stay',
        )
      }
      lastTrouble = report.message
      settle()
    } else {
      lastTrouble = ''
      if (unconfirmed.size > 0) update([], [...unconfirmed])
      unconfirmed.clear()
      const { files, milliseconds } = report
      if (!hasScanned)
        info(
          { directory, photos: index.size, files, milliseconds: Math.round(milliseconds) },
          'photos indexed',
        )
      hasScanned = true
      settle()
    }
  }

  function update(changed: readonly PhotoFile[], gone: readonly string[]): void {
    for (const address of index.apply(changed, gone)) store.forget(address)
  }

  return {
    find: address => {
      const file = index.find(address)
      return file === undefined ? undefined : store.find(file)
    },
    get size() {
      return index.size
    },
    get isScanned() {
      return hasScanned
    },
    scanned,
    close: async () => {
      isClosed = true
      await worker.terminate()
    },
  }
}
