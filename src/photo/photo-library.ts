// A directory of photos for the gate: the watch (in a worker), the index and the store together.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { AliasesOf } from '../policy/condition.ts'
import { buildPhotoIndex } from './photo-index.ts'
import type { Photo } from './photo-store.ts'
import { buildPhotoStore } from './photo-store.ts'
import type { Delivery, FilesPart } from './report-outbox.ts'
import { maxEntries } from './report-outbox.ts'
import type { WatchCommand } from './watch-command.ts'
import type { WatchOptions } from './watch-report.ts'

export interface PhotoLibrary {
  /**
   * By canonical address. A value when the photo is in memory or certainly missing, otherwise a promise.
   * `isExact`: only the content of the file that `aliasesOf` knows now, neither an earlier nor a later one.
   */
  find(address: string, isExact?: boolean): Photo | undefined | Promise<Photo | undefined>
  readonly aliasesOf: AliasesOf
  /** Photos that the index knows of now. */
  readonly size: number
  /** Whether the first scan is through. Before that, a missing photo may only be late. */
  readonly isScanned: boolean
  /** Whether all photos are known and the directory can be read now. */
  readonly isReady: boolean
  /** Settles when the first scan of the directory is through, or has failed. */
  readonly scanned: Promise<void>
  close(): Promise<void>
}

export interface PhotoLibraryOptions {
  directory: string
  cacheBytes: number
  watch?: WatchOptions
  /** For an administrator: a file that is not served, a directory that cannot be read. */
  warn(details: Record<string, unknown>, message: string): void
  info(details: Record<string, unknown>, message: string): void
}

const restartMs = 1_000
const unknownPeople = 'nobody can know which addresses are one person: rules with ! admit nobody'

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
    onOther: name => tell({ kind: 'look', name }),
  })
  let isClosed = false
  let hasScanned = false
  let unconfirmed = new Set<string>()
  let isPartial = false
  let isScanning = true
  let lastTrouble: string | undefined
  let recordsTrouble: string | undefined
  let unknown: { readonly unknown: string } | undefined
  let settle!: () => void
  const scanned = new Promise<void>(resolve => {
    settle = resolve
  })
  let worker = start()

  function start(): Worker {
    const script = new URL(`./watch-worker${extname(import.meta.url)}`, import.meta.url)
    const started = new Worker(script, { workerData: { directory, options: options.watch } })
    started.on('message', take)
    started.on('error', error => {
      warn({ directory, err: error }, 'the photo watch failed')
      settle() // Nothing may wait for a scan that may never come.
    })
    started.on('exit', () => {
      if (isClosed) return
      isScanning = true
      noteUnknown()
      setTimeout(() => {
        if (!isClosed) worker = start()
      }, restartMs).unref()
    })
    // A new worker reports every file anew. Files that it does not find went while there was no worker.
    unconfirmed = new Set([...index.files()].map(({ name }) => name))
    index.forgetRecords()
    isScanning = true
    isPartial = false
    noteUnknown()
    return started
  }

  // The next delivery comes in another turn of the event loop, so that requests are answered in between.
  function take(delivery: Delivery): void {
    receive(delivery)
    noteUnknown()
    setImmediate(() => tell({ kind: 'taken' }))
  }

  function tell(message: WatchCommand): void {
    worker.postMessage(message)
  }

  function receive(report: Delivery): void {
    switch (report.kind) {
      case 'files':
        for (const { name } of report.changed) unconfirmed.delete(name)
        update(report)
        break
      case 'refused':
        warn({ file: report.name, reason: report.reason }, 'a file is not served')
        break
      case 'passed-over':
        for (const { reason, files, names } of report.groups)
          warn({ directory, files, reason, names }, 'files of the photo directory are not served')
        break
      case 'records':
        recordsTrouble = report.trouble
        if (recordsTrouble !== undefined) warn({ directory, reason: recordsTrouble }, unknownPeople)
        break
      case 'unreadable':
        noteTrouble(report.message)
        break
      case 'scanned':
        lastTrouble = undefined
        dropUnconfirmed(() => finishScan(report))
    }
  }

  function noteTrouble(reason: string): void {
    if (reason !== lastTrouble)
      warn(
        { directory, reason },
        'the photo directory cannot be read; photos known so far stay, and rules with ! admit nobody',
      )
    lastTrouble = reason
    settle()
  }

  function update({ changed, gone, people, isPart }: Omit<FilesPart, 'kind'>): void {
    for (const address of index.apply(changed, gone, people)) store.forget(address)
    isPartial = isPart
  }

  function dropUnconfirmed(then: () => void): void {
    const gone = [...unconfirmed].slice(0, maxEntries)
    for (const name of gone) unconfirmed.delete(name)
    if (gone.length > 0) update({ changed: [], gone, people: [], isPart: isPartial })
    if (unconfirmed.size > 0) setImmediate(dropUnconfirmed, then)
    else then()
  }

  function finishScan({ files, milliseconds }: Extract<Delivery, { kind: 'scanned' }>): void {
    if (!hasScanned)
      info(
        { directory, photos: index.size, files, milliseconds: Math.round(milliseconds) },
        'photos indexed',
      )
    hasScanned = true
    isScanning = false
    noteUnknown()
    settle()
  }

  // Until all photos are known, any of them may show an excluded person.
  function noteUnknown(): void {
    const reason =
      lastTrouble !== undefined
        ? `the photo folder cannot be read: ${lastTrouble}`
        : isScanning || isPartial
          ? 'the photo folder is still being read'
          : recordsTrouble
    unknown = reason === undefined ? undefined : { unknown: reason }
  }

  return {
    find: (address, isExact = false) => {
      const file = index.find(address)
      return file === undefined ? undefined : store.find(file, isExact)
    },
    aliasesOf: address => unknown ?? index.addressesOf(address),
    get size() {
      return index.size
    },
    get isScanned() {
      return hasScanned
    },
    get isReady() {
      return hasScanned && !isScanning && lastTrouble === undefined
    },
    scanned,
    close: async () => {
      isClosed = true
      await worker.terminate()
    },
  }
}
