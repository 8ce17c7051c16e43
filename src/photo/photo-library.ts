// A directory of photos for the gate: the watch (in a worker), the index and the store together.
import type { AliasesOf } from '../policy/condition.ts'
import type { CacheCounts, LibraryFacts } from './library-facts.ts'
import { buildPhotoCatalog } from './photo-catalog.ts'
import type { PhotoFile } from './photo-file.ts'
import type { Photo } from './photo-store.ts'
import type { Delivery } from './report-outbox.ts'
import { buildScanState } from './scan-state.ts'
import type { UnservedGroup } from './unserved-files.ts'
import { groupUnserved, joinGroups } from './unserved-files.ts'
import { countKinds } from './unserved-kind.ts'
import type { WatchOptions } from './watch-report.ts'
import { openWatchThread } from './watch-thread.ts'

export interface PhotoLibrary {
  /**
   * By canonical address. A value when the photo is in memory or certainly missing, otherwise a promise.
   * `isExact`: only the content of the file that `aliasesOf` knows now, neither an earlier nor a later one.
   */
  find(address: string, isExact?: boolean): Photo | undefined | Promise<Photo | undefined>
  /** Whether a file answers for the canonical address, as far as the index knows; the file may be unfit. */
  has(address: string): boolean
  readonly aliasesOf: AliasesOf
  /** The files that answer, one for each address, in no order. May go on while files come and go. */
  files(): Iterable<PhotoFile>
  /** Another number when files have come, changed or gone. */
  readonly version: number
  /**
   * Files that are not served now, by reason, the largest group first. Of those with a photo's name, the bytes are
   * judged when they are first asked for: until then a broken one is not among them.
   */
  readonly unserved: readonly UnservedGroup[]
  /** Photos that the index knows of now. */
  readonly size: number
  /** Whether the first scan is through. Before that, a missing photo may only be late. */
  readonly isScanned: boolean
  /** Whether all photos are known and the directory can be read now. */
  readonly isReady: boolean
  /** Why it is not all known now which photos there are and whose they are; undefined: it is. */
  readonly trouble: string | undefined
  /** Counted anew each time. */
  facts(): LibraryFacts
  /** Settles when the first scan of the directory is through, or has failed. */
  readonly scanned: Promise<void>
  close(): Promise<void>
}

export interface PhotoLibraryOptions {
  directory: string
  cacheBytes: number
  watch?: WatchOptions
  counts?: CacheCounts
  /** For an administrator: a file that is not served, a directory that cannot be read. */
  warn(details: Record<string, unknown>, message: string): void
  info(details: Record<string, unknown>, message: string): void
}

const unknownPeople = 'it is unknown which addresses are one person: rules with ! admit nobody'
const unreadable =
  'the photo directory cannot be read; photos known so far stay, and rules with ! admit nobody'

export function openPhotoLibrary(options: PhotoLibraryOptions): PhotoLibrary {
  const { directory, cacheBytes, warn, info } = options
  const state = buildScanState()
  const catalog = buildPhotoCatalog({
    ...{ directory, cacheBytes, warn, counts: options.counts },
    onOther: name => thread.tell({ kind: 'look', name }),
  })
  let unserved: readonly UnservedGroup[] = []
  let scannedMs: number | undefined
  const thread = openWatchThread({
    directory,
    watch: options.watch,
    onStart: () => {
      catalog.restart()
      state.start()
    },
    // The next delivery comes in another turn of the event loop, so that requests are answered in between.
    onDelivery: delivery => {
      receive(delivery)
      setImmediate(() => thread.tell({ kind: 'taken' }))
    },
    onError: error => {
      warn({ directory, err: error }, 'the photo watch failed')
      state.giveUp()
    },
    onEnd: state.start,
  })

  function receive(report: Delivery): void {
    switch (report.kind) {
      case 'files':
        catalog.apply(report)
        state.noteFiles(report.isPart)
        break
      case 'refused':
        warn({ file: report.name, reason: report.reason }, 'a file is not served')
        break
      case 'unserved':
        unserved = report.groups
        if (!report.isNews) break
        for (const { reason, files, names } of report.groups)
          warn({ directory, files, reason, names }, 'files of the photo directory are not served')
        break
      case 'records':
        state.noteRecords(report.trouble)
        if (report.trouble !== undefined) warn({ directory, reason: report.trouble }, unknownPeople)
        break
      case 'unreadable':
        if (state.noteUnreadable(report.message))
          warn({ directory, reason: report.message }, unreadable)
        break
      case 'scanned':
        state.noteReadable()
        catalog.dropUnreported(() => finishScan(report))
    }
  }

  const allUnserved = () => joinGroups(unserved, groupUnserved(catalog.broken()))

  function finishScan({ files, milliseconds }: Extract<Delivery, { kind: 'scanned' }>): void {
    scannedMs = Date.now()
    const photos = { photos: catalog.size, files, milliseconds: Math.round(milliseconds) }
    if (state.finish()) info({ directory, ...photos }, 'photos indexed')
  }

  return {
    find: catalog.find,
    has: catalog.has,
    aliasesOf: address => state.unknown ?? catalog.aliasesOf(address),
    files: catalog.files,
    get unserved() {
      return allUnserved()
    },
    get version() {
      return catalog.version
    },
    get size() {
      return catalog.size
    },
    get isScanned() {
      return state.isScanned
    },
    get isReady() {
      return state.isReady
    },
    get trouble() {
      return state.unknown?.unknown
    },
    facts: () => ({
      ...{ photos: catalog.size, scannedMs, cache: catalog.cache },
      unserved: countKinds(allUnserved(), catalog.outranked),
    }),
    scanned: state.scanned,
    close: thread.close,
  }
}
