// The records on disk: one file, with one more line for each change. Only whole lines count, so a run that dies anywhere
// leaves a readable journal; the next run finds out from the photos what is missing. The file is rewritten when most of
// it is out of date, and when a person must be forgotten.
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
import { join } from 'node:path'
import { promisify } from 'node:util'
import { renameBlocking } from '../../disk/durable-file.ts'
import { head, readJournal } from './journal-lines.ts'
import type { JournalChange, Records } from './records.ts'
import { changesOf } from './records.ts'

export interface Journal {
  readonly records: Records
  /** Applies the change at once and writes it soon. */
  add(change: JournalChange): void
  /** Writes the buffered lines: they survive the end of this process, but not a power cut. */
  write(): void
  /** Writes the buffered lines, and resolves when the disk has them. Calls in the meantime share the next wait. */
  sync(): Promise<void>
  /** Writes the buffered lines, and blocks until the disk has them. */
  flush(): void
  /** Rewrites the file from the records, so that nothing else is left in it. */
  rewrite(): void
  close(): void
}

const waitForDisk = promisify(fdatasync)
const fileName = 'journal.jsonl'
const blockLength = 65_536
// The file is rewritten when it has this many times the lines that it needs, and at least minLines.
const wasteFactor = 3
const minLines = 1_000
// Never 'a': Windows truncates no file that was opened for appending (nodejs/node#3177).
const openFlags = constants.O_RDWR | constants.O_CREAT

/** @throws JournalError */
export function openJournal(directory: string): Journal {
  const path = join(directory, fileName)
  const draft = `${path}.new`
  const { records, lines, bytes, damaged } = readJournal(path)
  // Left by a run that died while it rewrote the file.
  rmSync(draft, { force: true })
  let descriptor = openSync(path, openFlags, 0o600)
  // A cut-off line must not become part of the next one.
  ftruncateSync(descriptor, bytes)
  let block = bytes === 0 ? `${JSON.stringify(head)}\n` : ''

  let isComplete = false
  let length = bytes
  function writeOut(): void {
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

  function rewrite(): void {
    const fresh = openSync(draft, 'w', 0o600)
    let freshLength = 0
    try {
      let text = `${JSON.stringify(head)}\n`
      for (const change of changesOf(records)) {
        text += `${JSON.stringify(change)}\n`
        if (text.length < blockLength) continue
        freshLength += writeFully(fresh, text, freshLength)
        text = ''
      }
      freshLength += writeFully(fresh, text, freshLength)
      fsyncSync(fresh)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    } finally {
      closeSync(fresh)
    }
    // Closed first: Windows renames no file that is open.
    closeSync(descriptor)
    try {
      renameBlocking(draft, path)
      // Not before: where the old file stays, its length counts.
      length = freshLength
      block = ''
    } finally {
      descriptor = openSync(path, openFlags, 0o600)
    }
  }

  let waiting: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  function sync(): Promise<void> {
    writeOut()
    // What is under way may have begun before the last line.
    next ??= waiting.then(() => {
      next = undefined
      waiting = waitForDisk(descriptor)
      return waiting
    })
    return next
  }

  const needed = records.persons.size + records.photos.size
  if (lines > minLines && lines > wasteFactor * needed) rewrite()
  return {
    records,
    add: change => {
      if (change.kind === 'run') isComplete = true
      records.apply(change)
      block += `${JSON.stringify(change)}\n`
      if (block.length >= blockLength) writeOut()
    },
    write: writeOut,
    sync,
    flush: () => {
      writeOut()
      // Only after a complete run has found out again what the damaged lines said: until then the gate must see them.
      if (damaged > 0 && isComplete) rewrite()
      fsyncSync(descriptor)
    },
    rewrite,
    close: () => {
      writeOut()
      closeSync(descriptor)
    },
  }
}

/** Only looks. @throws JournalError */
export function readRecords(directory: string): Records {
  return readJournal(join(directory, fileName)).records
}

/** The journal of a dry run: keeps nothing. */
export function buildDryJournal(records: Records): Journal {
  const nothing = () => {}
  const end = { flush: nothing, rewrite: nothing, close: nothing }
  return { records, add: nothing, write: nothing, sync: async () => {}, ...end }
}

/** @returns how many bytes it wrote from there on. */
function writeFully(descriptor: number, text: string, position: number): number {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(descriptor, bytes, at, bytes.length - at, position + at)
  }
  return bytes.length
}
