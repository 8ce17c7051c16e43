// The content of a photo directory at one moment, by metadata alone: for commands, which look once.
import { watchDirectory } from './directory-watch.ts'
import type { PassedOverFile } from './passed-over.ts'
import type { PhotoIndex } from './photo-index.ts'
import { buildPhotoIndex } from './photo-index.ts'

export interface DirectoryListing {
  readonly index: PhotoIndex
  readonly passedOver: readonly PassedOverFile[]
  /** Why the directory cannot be read, or undefined. */
  readonly unreadable: string | undefined
  /** Why it is unknown which addresses are one person's, or undefined. */
  readonly trouble: string | undefined
}

/** Never throws. Costs one lstat a file. */
export function listDirectory(directory: string): DirectoryListing {
  const index = buildPhotoIndex(() => {})
  const passedOver: PassedOverFile[] = []
  let unreadable: string | undefined
  let trouble: string | undefined
  // The first scan is complete when this returns.
  const watch = watchDirectory(
    directory,
    report => {
      if (report.kind === 'files') index.apply(report.changed, report.gone, report.people)
      if (report.kind === 'passed-over') passedOver.push(...report.files)
      if (report.kind === 'records') trouble = report.trouble
      if (report.kind === 'unreadable') unreadable = report.message
    },
    { events: false },
  )
  watch.close()
  return { index, passedOver, unreadable, trouble }
}
