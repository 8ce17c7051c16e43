// The options and reports of a watch on a photo directory.
import type { PeopleOfAddress } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'
import type { UnservedFile } from './unserved-files.ts'

export interface WatchOptions {
  /** Milliseconds that a file must stay the same before it counts as written. */
  settleMs?: number
  /** Milliseconds between looks at the directory itself, and the shortest between rescans. */
  tickMs?: number
  /** False: as on a file system without events. */
  events?: boolean
}

export interface DirectoryWatch {
  /** Has a look at a file now. */
  look(name: string): void
  close(): void
}

export type WatchReport =
  | FilesReport
  /** Whether the records say which addresses are one person's; `trouble`: why that is unknown now. */
  | { kind: 'records'; trouble: string | undefined }
  /** A file with a photo's name that must not be served. */
  | { kind: 'refused'; name: string; reason: string }
  | UnservedReport
  | { kind: 'scanned'; files: number; milliseconds: number }
  /** The directory cannot be read now; what is known of it stands. */
  | { kind: 'unreadable'; message: string }

/** All files that are not served. */
export interface UnservedReport {
  kind: 'unserved'
  files: readonly UnservedFile[]
  /** The first scan of a directory has found them. Later, those that come are also reported one by one. */
  isNews: boolean
}

/** Belongs together: with only a part applied, an alias may pass for another person. */
export interface FilesReport {
  kind: 'files'
  changed: PhotoFile[]
  gone: string[]
  people: readonly PeopleOfAddress[]
}
