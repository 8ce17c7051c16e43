// Which photo files of a directory came, changed and went since the last report, name by name. Knows nothing of events
// and of when to look.
import type { Stats } from 'node:fs'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { followImportRecords, journalOf } from './import-records.ts'
import type { PassedOverFile } from './passed-over.ts'
import type { PhotoFile } from './photo-file.ts'
import { addressOfName, describeFile, quietMs, refusalOf } from './photo-file.ts'
import { openSettling } from './settling.ts'
import { strayReason } from './stray-name.ts'
import type { WatchReport } from './watch-report.ts'

export interface DirectoryChanges {
  /** Compares one name with what is known of it. */
  look(name: string): void
  /** Reports what the looks have found, together with what the import's records say. */
  flush(): void
  /** Everything but these names is gone. */
  keepOnly(names: ReadonlySet<string>): void
  /** Collects the files that are not served, until they are taken; they are not reported one by one. */
  collectPassedOver(): void
  takePassedOver(): PassedOverFile[]
  /** The first scan is through: changes are no longer reported in batches. */
  endFirstScan(): void
  /** Whether a look has found a file with several names; the caller sets it back. */
  hasLinks: boolean
  readonly size: number
  close(): void
}

export interface ChangesOptions {
  report(report: WatchReport): void
  /** Milliseconds that a file must stay the same before it counts as written. */
  readonly settleMs: number
  /** A file that was being written may be at rest now. */
  lookAgain(name: string): void
}

const batchSize = 1_000

export function openDirectoryChanges(
  directory: string,
  { report, settleMs, lookAgain }: ChangesOptions,
): DirectoryChanges {
  const known = new Map<string, string>()
  const settling = openSettling(settleMs, lookAgain)
  const refused = new Map<string, string>()
  const records = followImportRecords(journalOf(directory))
  let trouble: string | undefined
  let hasScanned = false
  let changed: PhotoFile[] = []
  let gone: string[] = []
  let passedOver: Map<string, string> | undefined

  function look(name: string): void {
    const address = addressOfName(name)
    if (address === undefined) {
      const reason = strayReason(name)
      if (reason !== undefined) passedOver?.set(name, reason)
      return
    }
    let stats: Stats | undefined
    try {
      stats = lstatSync(join(directory, name), { throwIfNoEntry: false })
    } catch {
      return // Unknown now: what is known stands, and the next scan tries again.
    }
    if (stats === undefined) {
      forget(name)
      refused.delete(name)
      return
    }
    const reason = refusalOf(stats)
    if (reason === undefined) compare(name, address, stats)
    else refuse(name, reason)
  }

  function refuse(name: string, reason: string): void {
    forget(name)
    if (refused.get(name) !== reason) {
      refused.set(name, reason)
      if (passedOver === undefined) report({ kind: 'refused', name, reason })
    }
    passedOver?.set(name, reason)
  }

  function compare(name: string, address: string, stats: Stats): void {
    refused.delete(name)
    const file = describeFile(name, address, stats)
    const { signature } = file
    if (known.get(name) === signature) {
      settling.forget(name)
      return
    }
    // A new name is reported at once: the store serves only whole images. So is another file under a known name, or its
    // links would pass for other people. A file that is written in place must come to rest first.
    const isSameFile = known.get(name)?.startsWith(`${file.inode}:`)
    const isFresh = Date.now() - stats.mtimeMs <= quietMs
    if (isSameFile && isFresh && !settling.isAtRest(name, signature)) return
    settling.forget(name)
    known.set(name, signature)
    changed.push(file)
    if (file.links > 1) changes.hasLinks = true
    // Nobody relies on a part of the first scan; later changes must be reported together.
    if (changed.length >= batchSize && !hasScanned) flush()
  }

  function forget(name: string): void {
    settling.forget(name)
    if (known.delete(name)) gone.push(name)
  }

  // After the looks: an import writes the record of a photo before the photo, so the records know every photo found.
  function flush(): void {
    const { people, disturbed } = records.refresh()
    // Before a person's loss of an address counts, their photos must be seen as they are.
    for (const address of disturbed) look(`${address}.jpg`)
    if (records.trouble !== trouble) {
      trouble = records.trouble
      report({ kind: 'records', trouble })
    }
    if (changed.length === 0 && gone.length === 0 && people.length === 0) return
    report({ kind: 'files', changed, gone, people })
    changed = []
    gone = []
  }

  const changes: DirectoryChanges = {
    look,
    flush,
    keepOnly: names => {
      for (const name of known.keys()) if (!names.has(name)) forget(name)
      for (const name of refused.keys()) if (!names.has(name)) refused.delete(name)
    },
    collectPassedOver: () => {
      passedOver = new Map()
    },
    takePassedOver: () => {
      const files = [...(passedOver ?? [])].map(([name, reason]) => ({ name, reason }))
      passedOver = undefined
      return files
    },
    endFirstScan: () => {
      hasScanned = true
    },
    hasLinks: false,
    get size() {
      return known.size
    },
    close: settling.close,
  }
  return changes
}
