// What a library of photos says of itself to those that watch the gate. Numbers only: no name and no byte of a photo.
import type { UnservedKind } from './unserved-kind.ts'

/** Counted over the life of the gate: another library that takes over goes on with them. */
export interface CacheCounts {
  /** Requests answered from memory. */
  hits: number
  /** Requests that waited for the disk. */
  misses: number
}

export interface CacheFacts {
  readonly photos: number
  readonly bytes: number
  readonly maxBytes: number
}

export interface LibraryFacts {
  readonly photos: number
  /** Milliseconds since the epoch: when the directory was last read to its end. Undefined: not yet. */
  readonly scannedMs: number | undefined
  readonly cache: CacheFacts
  /** Files that are not served: by their names and sizes, and by their content as far as it was asked for. */
  readonly unserved: ReadonlyMap<UnservedKind, number>
}
