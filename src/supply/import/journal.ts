// The records on disk: one file, with one more line for each change. Only whole lines count, so a run that dies anywhere
// leaves a readable journal; the next run finds out from the photos what is missing. The file is rewritten when most of
// it is out of date, and when a person must be forgotten.
import { join } from 'node:path'
import { openJournalFile } from './journal-file.ts'
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

const fileName = 'journal.jsonl'
// The file is rewritten when it has this many times the lines that it needs, and at least minLines.
const wasteFactor = 3
const minLines = 1_000

/** @throws JournalError */
export function openJournal(directory: string): Journal {
  const path = join(directory, fileName)
  const { records, lines, bytes, damaged } = readJournal(path)
  const file = openJournalFile(path, bytes)
  if (bytes === 0) file.append(JSON.stringify(head))
  const rewrite = () => file.replace(linesOf(records))
  const needed = records.persons.size + records.photos.size
  if (lines > minLines && lines > wasteFactor * needed) rewrite()
  let isComplete = false
  return {
    records,
    add: change => {
      if (change.kind === 'run') isComplete = true
      records.apply(change)
      file.append(JSON.stringify(change))
    },
    write: file.write,
    sync: file.sync,
    flush: () => {
      file.write()
      // Only after a complete run has found out again what the damaged lines said: until then the gate must see them.
      if (damaged > 0 && isComplete) rewrite()
      file.flush()
    },
    rewrite,
    close: file.close,
  }
}

function* linesOf(records: Records): Generator<string> {
  yield JSON.stringify(head)
  for (const change of changesOf(records)) yield JSON.stringify(change)
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
