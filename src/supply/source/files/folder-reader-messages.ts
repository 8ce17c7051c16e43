// The messages between an import and the child process that reads folders for it.
import type { SourceError } from '../source.ts'

export type ReaderRequest =
  /** Begins to list; then `next` until a batch is empty. `folder` must not be `photos`. */
  | { readonly kind: 'list'; readonly folder: string; readonly photos: string | undefined }
  | { readonly kind: 'next' }
  /** A file in the folder, as FileTree reads it. */
  | {
      readonly kind: 'read'
      readonly folder: string
      readonly name: string
      readonly maxBytes: number | undefined
    }
  | { readonly kind: 'file'; readonly path: string; readonly maxBytes: number }
  /** Answered when the disk has answered, even with an error. */
  | { readonly kind: 'probe'; readonly path: string }

export interface ReaderAnswer {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly message: string; readonly scope: SourceError['scope'] | undefined }
}
