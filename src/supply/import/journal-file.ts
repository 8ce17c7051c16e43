// The journal's file as lines are appended to it: buffered, torn by nothing, replaced in one step. Knows nothing of
// what the lines say.
import {
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { renameBlocking } from '../../disk/durable-file.ts'

export interface JournalFile {
  /** Buffers the line, and writes the buffered lines when they are a block. */
  append(line: string): void
  /** Writes the buffered lines: they survive the end of this process, but not a power cut. */
  write(): void
  /** Writes the buffered lines, and resolves when the disk has them. Calls in the meantime share the next wait. */
  sync(): Promise<void>
  /** Writes the buffered lines, and blocks until the disk has them. */
  flush(): void
  /** The file then has these lines only; the buffered ones are dropped. */
  replace(lines: Iterable<string>): void
  /** Writes the buffered lines first. */
  close(): void
}

const waitForDisk = promisify(fdatasync)
const blockLength = 65_536
// Never 'a': Windows truncates no file that was opened for appending (nodejs/node#3177).
const openFlags = constants.O_RDWR | constants.O_CREAT

/**
 * Makes the file where there is none.
 * @param bytes how much of the file counts: a cut-off line behind that must not become part of the next one.
 */
export function openJournalFile(path: string, bytes: number): JournalFile {
  const draft = `${path}.new`
  // Left by a run that died while it rewrote the file.
  rmSync(draft, { force: true })
  let descriptor = openSync(path, openFlags, 0o600)
  ftruncateSync(descriptor, bytes)
  let length = bytes
  let block = ''
  function write(): void {
    if (block === '') return
    try {
      length += writeFully(descriptor, block, length)
      block = ''
    } catch (error) {
      // A full disk: what was written of the block would be torn by the next try.
      ftruncateSync(descriptor, length)
      throw error
    }
  }

  let waiting: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  function sync(): Promise<void> {
    write()
    // What is under way may have begun before the last line.
    next ??= waiting.then(() => {
      next = undefined
      waiting = waitForDisk(descriptor)
      return waiting
    })
    return next
  }

  return {
    append: line => {
      block += `${line}\n`
      if (block.length >= blockLength) write()
    },
    write,
    sync,
    flush: () => {
      write()
      fsyncSync(descriptor)
    },
    replace: lines => {
      const draftLength = writeDraft(draft, lines)
      // Closed first: Windows renames no file that is open.
      closeSync(descriptor)
      try {
        renameBlocking(draft, path)
        // Not before: where the old file stays, its length counts.
        length = draftLength
        block = ''
      } finally {
        descriptor = openSync(path, openFlags, 0o600)
      }
    },
    close: () => {
      write()
      closeSync(descriptor)
    },
  }
}

/** Blocks until the disk has it. @returns its length in bytes. */
function writeDraft(path: string, lines: Iterable<string>): number {
  const descriptor = openSync(path, 'w', 0o600)
  let length = 0
  try {
    let block = ''
    for (const line of lines) {
      block += `${line}\n`
      if (block.length < blockLength) continue
      length += writeFully(descriptor, block, length)
      block = ''
    }
    length += writeFully(descriptor, block, length)
    fsyncSync(descriptor)
    return length
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** @returns how many bytes it wrote from there on. */
function writeFully(descriptor: number, text: string, position: number): number {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(descriptor, bytes, at, bytes.length - at, position + at)
  }
  return bytes.length
}
