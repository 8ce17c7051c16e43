// A folder of files, wherever it is: what a layout (folder-source, tdi-dump) needs of one.

import type { ListedProblem } from '../source.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'

export interface TreeFile {
  readonly kind: 'file'
  /** Its own name, without folder; nothing that leads elsewhere. */
  readonly name: string
  readonly size: number
  readonly modifiedMs: number
  /** As Person has it. */
  readonly version: string | undefined
  /** Why it is never read, worded to follow its name, such as being no regular file. */
  readonly refusal: string | undefined
}

export interface FileTree {
  readonly parallel: number
  /**
   * All that is directly in the folder, and what somebody should know of the folder itself.
   * @throws SourceError of the whole source when it is not there, or not to the end
   */
  list(): AsyncIterable<TreeFile | ListedProblem>
  /** @throws SourceError of the person when only this file cannot be had, else of the whole source */
  read(name: string, maxBytes?: number): Promise<Buffer>
  /** For messages: the whole path of a file of the name. */
  describe(name: string): string
  /** Never throws. */
  close(): Promise<void>
}

/** Why a name is none that a layout may ask for; undefined when it is one. */
export function nameRefusal(name: string): string | undefined {
  // What is read as U+FFFD was no UTF-8, and could not be found again by this name.
  if (name.includes('\ufffd')) return 'has a name that is not UTF-8'
  return /[/\\\0]/.test(name) || name === '' ? 'has a name that leads elsewhere' : undefined
}

/** Why a file is not read, worded to follow its name; undefined when it may be. */
export function refusalOf(
  { refusal, size }: Pick<TreeFile, 'refusal' | 'size'>,
  maxBytes = maxOriginalBytes,
): string | undefined {
  return refusal ?? (size > maxBytes ? `is larger than ${maxBytes} bytes` : undefined)
}

export function personError(where: string, reason: string, options?: ErrorOptions): SourceError {
  return new SourceError('person', `${where} ${reason}`, options)
}

export function sourceError(where: string, reason: string, options?: ErrorOptions): SourceError {
  return new SourceError('source', `${where} ${reason}`, options)
}
