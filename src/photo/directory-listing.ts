// The content of a photo directory at one moment, by metadata alone: for commands, which look once.
import { watchDirectory } from './directory-watch.ts'
import type { PhotoIndex } from './photo-index.ts'
import { buildPhotoIndex } from './photo-index.ts'
import type { UnservedFile } from './unserved-files.ts'

export interface DirectoryListing {
  readonly index: PhotoIndex
  readonly unserved: readonly UnservedFile[]
  /** Why the directory cannot be read, or undefined. */
  readonly unreadable: string | undefined
  /** Why it is unknown which addresses are one person's, or undefined. */
  readonly trouble: string | undefined
}

/** Never throws. Costs one lstat a file. */
export function listDirectory(directory: string): DirectoryListing {
  const index = buildPhotoIndex(() => {})
  const unserved: UnservedFile[] = []
  let unreadable: string | undefined
  let trouble: string | undefined
  // The first scan is complete when this returns.
  const watch = watchDirectory(
    directory,
    report => {
      if (report.kind === 'files') index.apply(report.changed, report.gone, report.people)
      if (report.kind === 'unserved') unserved.push(...report.files)
      if (report.kind === 'records') trouble = report.trouble
      if (report.kind === 'unreadable') unreadable = report.message
    },
    { events: false },
  )
  watch.close()
  return { index, unserved, unreadable, trouble }
}
