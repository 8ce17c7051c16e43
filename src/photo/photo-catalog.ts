// The photos of one directory by address, with their bytes: the index and the store together, kept alike as the watch
// reports. Also forgets the files that went while no watch was running.
import type { AliasesOf } from '../policy/condition.ts'
import type { CacheCounts, CacheFacts } from './library-facts.ts'
import type { PhotoFile } from './photo-file.ts'
import { buildPhotoIndex } from './photo-index.ts'
import type { Photo } from './photo-store.ts'
import { buildPhotoStore } from './photo-store.ts'
import type { FilesPart } from './report-outbox.ts'
import { maxEntries } from './report-outbox.ts'
import type { UnservedFile } from './unserved-files.ts'

export interface PhotoCatalog {
  /** As `find` of a photo library. */
  find(address: string, isExact?: boolean): Photo | undefined | Promise<Photo | undefined>
  /** Whether a file answers for the canonical address. */
  has(address: string): boolean
  readonly aliasesOf: AliasesOf
  /** As of the index. */
  files(): Iterable<PhotoFile>
  /** Files that were asked for and whose bytes cannot be served. */
  broken(): UnservedFile[]
  /** Another number when files have come, changed or gone. */
  readonly version: number
  readonly size: number
  readonly cache: CacheFacts
  /** Files that another file for the same address outranks. */
  readonly outranked: number
  apply(report: FilesPart): void
  /** A watch has been started: it reports every file anew. */
  restart(): void
  /** The watch has reported all files: the others are dropped, some in each turn of the event loop, and then `then` is called. */
  dropUnreported(then: () => void): void
}

export interface PhotoCatalogOptions {
  readonly directory: string
  readonly cacheBytes: number
  readonly counts: CacheCounts | undefined
  warn(details: Record<string, unknown>, message: string): void
  /** The file is not the one that the watch has reported: the watch is to look again. */
  onOther(name: string): void
}

export function buildPhotoCatalog(options: PhotoCatalogOptions): PhotoCatalog {
  const { directory, cacheBytes, counts, warn, onOther } = options
  const index = buildPhotoIndex(files => {
    const [served, ...ignored] = files.map(({ name }) => name)
    warn({ served, ignored }, 'several files for one address: the newest is served')
  })
  const store = buildPhotoStore({
    ...{ directory, cacheBytes, onOther },
    ...(counts === undefined ? {} : { counts }),
    onRefused: (name, reason) => warn({ file: name, reason }, 'a file is not served'),
  })
  let unreported = new Set<string>()
  let version = 0

  function update({ changed, gone, people }: Pick<FilesPart, 'changed' | 'gone' | 'people'>): void {
    version++
    for (const address of index.apply(changed, gone, people)) store.forget(address)
  }

  function dropUnreported(then: () => void): void {
    const gone = [...unreported].slice(0, maxEntries)
    for (const name of gone) unreported.delete(name)
    if (gone.length > 0) update({ changed: [], gone, people: [] })
    if (unreported.size > 0) setImmediate(dropUnreported, then)
    else then()
  }

  return {
    find: (address, isExact = false) => {
      const file = index.find(address)
      return file === undefined ? undefined : store.find(file, isExact)
    },
    has: address => index.find(address) !== undefined,
    aliasesOf: index.addressesOf,
    files: index.answering,
    broken: () =>
      store.refusals().flatMap(({ address, signature, reason }) => {
        const file = index.find(address)
        return file?.signature === signature ? [{ name: file.name, reason }] : []
      }),
    get version() {
      return version
    },
    get size() {
      return index.size
    },
    get cache() {
      return store.cache
    },
    get outranked() {
      return index.outranked
    },
    apply: report => {
      for (const { name } of report.changed) unreported.delete(name)
      update(report)
    },
    restart: () => {
      unreported = new Set([...index.files()].map(({ name }) => name))
      index.forgetRecords()
    },
    dropUnreported,
  }
}
