// Changes of a directory that have been found and not been reported, and what the import's records say to them.
import { followImportRecords, journalOf } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'
import type { WatchReport } from './watch-report.ts'

export interface ChangeBatch {
  addChanged(file: PhotoFile): void
  addGone(name: string): void
  /** Number of changed files. */
  readonly changed: number
  /** Reports the changes, together with new records. */
  flush(): void
}

export interface ChangeBatchOptions {
  report(report: WatchReport): void
  /** Looks at a photo whose person has lost an address. */
  look(name: string): void
}

export function openChangeBatch(
  directory: string,
  { report, look }: ChangeBatchOptions,
): ChangeBatch {
  const records = followImportRecords(journalOf(directory))
  let trouble: string | undefined
  let changed: PhotoFile[] = []
  let gone: string[] = []
  return {
    addChanged: file => void changed.push(file),
    addGone: name => void gone.push(name),
    get changed() {
      return changed.length
    },
    // After the looks: an import writes the record of a photo before the photo, so the records know every photo found.
    flush: () => {
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
    },
  }
}
