// The interface of a folder of files, local or on a server, for the sources that read folders (folder-source, tdi-dump).
import type { ListedProblem } from '../source.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'

export interface TreeFile {
  readonly kind: 'file'
  /** The name without folder; never a path. */
  readonly name: string
  readonly size: number
  readonly modifiedMs: number
  /** As Person has it. */
  readonly version: string | undefined
  /** Why the file is never read, worded to follow its name: it is a symbolic link, say. */
  readonly refusal: string | undefined
}

export interface FileTree {
  readonly parallel: number
  /**
   * All files directly in the folder, and problems of the folder itself.
   * @throws SourceError of the whole source when the folder cannot be read, or not to the end
   */
  list(): AsyncIterable<TreeFile | ListedProblem>
  /** @throws SourceError of the person when only this file cannot be read, otherwise of the whole source */
  read(name: string, maxBytes?: number): Promise<Buffer>
  /** The whole path of a file with this name, for messages. */
  describe(name: string): string
  /** Never throws. */
  close(): Promise<void>
}

/** Why a source may not ask for a file of this name; undefined when it may. */
export function nameRefusal(name: string): string | undefined {
  // U+FFFD stands for bytes that are not UTF-8: the file could not be found again by this name.
  if (name.includes('\ufffd')) return 'has a name that is not UTF-8'
  return /[/\\\0]/.test(name) || name === '' ? 'has a name that leads elsewhere' : undefined
}

/** Why a file is not read, worded to follow its name; undefined when it may be read. */
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
