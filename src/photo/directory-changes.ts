// Which photo files of a directory came, changed and went since the last report, name by name. Knows nothing of events
// and of when to look.
import type { Stats } from 'node:fs'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { openChangeBatch } from './change-batch.ts'
import type { PhotoFile } from './photo-file.ts'
import { addressOfName, describeFile, quietMs, refusalOf } from './photo-file.ts'
import type { UnservedFile } from './unserved-files.ts'
import { buildUnservedFiles } from './unserved-files.ts'
import { unservedNameReason } from './unserved-name.ts'
import type { WatchReport } from './watch-report.ts'
import { openWriteFinish } from './write-finish.ts'

export interface DirectoryChanges {
  /** Compares these names with what is known of them. Returns whether a changed file among them has several names. */
  look(names: Iterable<string>): boolean
  /** Reports what the looks have found, together with what the import's records say. */
  flush(): void
  /** Everything but these names is gone. */
  keepOnly(names: ReadonlySet<string>): void
  /** Collects the files that are not served, until they are taken; they are not reported one by one. */
  collectUnserved(): void
  takeUnserved(): UnservedFile[]
  /** All files that are not served now. */
  allUnserved(): UnservedFile[]
  /** Another number when `allUnserved` is another list. */
  readonly unservedVersion: number
  /** The first scan is through: changes are no longer reported in batches. */
  endFirstScan(): void
  readonly size: number
  close(): void
}

export interface ChangesOptions {
  report(report: WatchReport): void
  /** Milliseconds that a file must stay the same before it counts as written. */
  readonly settleMs: number
  /** A file that was being written may be finished now. */
  lookAgain(name: string): void
}

const batchSize = 1_000

export function openDirectoryChanges(
  directory: string,
  { report, settleMs, lookAgain }: ChangesOptions,
): DirectoryChanges {
  const known = new Map<string, string>()
  const writing = openWriteFinish(settleMs, lookAgain)
  const unserved = buildUnservedFiles(report)
  const batch = openChangeBatch(directory, { report, look })
  let hasScanned = false
  let hasLinks = false

  function look(name: string): void {
    const address = addressOfName(name)
    if (address === undefined) {
      lookAtOther(name)
      return
    }
    let stats: Stats | undefined
    try {
      stats = lstatSync(join(directory, name), { throwIfNoEntry: false })
    } catch {
      return // Unknown now: what is known stands, and the next scan tries again.
    }
    const reason = stats && refusalOf(stats)
    if (reason === undefined) unserved.forget(name)
    else unserved.refuse(name, reason)
    if (stats === undefined || reason !== undefined) forget(name)
    else compare(stats, describeFile(name, address, stats))
  }

  function lookAtOther(name: string): void {
    const reason = unservedNameReason(name)
    if (reason === undefined) return
    // A name that comes again may come because its file is gone. One that is not UTF-8 cannot be looked up: U+FFFD stands
    // for its bytes, and the next scan tells whether it is still there.
    const isKnown = unserved.hasNoted(name) && !name.includes('\ufffd')
    if (isKnown && !isThere(join(directory, name))) unserved.forget(name)
    else unserved.note(name, reason)
  }

  function compare({ mtimeMs }: Stats, file: PhotoFile): void {
    const { name, signature } = file
    if (known.get(name) === signature) {
      writing.forget(name)
      return
    }
    // A new name is reported at once: the store serves only whole images. So is another file under a known name, or its
    // links would pass for other people. A file that is written in place must be finished first.
    const isSameFile = known.get(name)?.startsWith(`${file.inode}:`)
    const isFresh = Date.now() - mtimeMs <= quietMs
    if (isSameFile && isFresh && !writing.isFinished(name, signature)) return
    writing.forget(name)
    known.set(name, signature)
    batch.addChanged(file)
    if (file.links > 1) hasLinks = true
    // Nobody relies on a part of the first scan; later changes must be reported together.
    if (batch.changed >= batchSize && !hasScanned) batch.flush()
  }

  function forget(name: string): void {
    writing.forget(name)
    if (known.delete(name)) batch.addGone(name)
  }

  return {
    look: names => {
      hasLinks = false
      for (const name of names) look(name)
      return hasLinks
    },
    flush: batch.flush,
    keepOnly: names => {
      for (const name of known.keys()) if (!names.has(name)) forget(name)
      unserved.keepOnly(names)
    },
    collectUnserved: unserved.collect,
    takeUnserved: unserved.take,
    allUnserved: unserved.all,
    get unservedVersion() {
      return unserved.version
    },
    endFirstScan: () => {
      hasScanned = true
    },
    get size() {
      return known.size
    },
    close: writing.close,
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true // Unknown now: what is known stands.
  }
}
