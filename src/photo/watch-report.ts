// What a watch tells of a photo directory.
import type { PeopleOfAddress } from './import-records.ts'
import type { PhotoFile } from './photo-file.ts'

export type WatchReport =
  | FilesReport
  /** Whether the records tell which addresses are one person's; a reason: nobody can know now. */
  | { kind: 'records'; trouble: string | undefined }
  /** A file with a photo's name that must not be served. */
  | { kind: 'refused'; name: string; reason: string }
  | { kind: 'scanned'; files: number; milliseconds: number }
  /** The directory cannot be read now; what is known of it stands. */
  | { kind: 'unreadable'; message: string }

/** What belongs together: who takes over a part of it only may take an alias for somebody else. */
export interface FilesReport {
  kind: 'files'
  changed: PhotoFile[]
  gone: string[]
  people: readonly PeopleOfAddress[]
}
