// The file that keeps the history of the admin page over a restart. A kill loses ten minutes at most. Trouble with the file
// is told, and never stops a start or an end. Knows nothing of what the history says.
import { renameSync, rmSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { AdminPage } from '../admin/page/page.ts'
import { renameWithRetry, syncDirectory, writeDurably } from '../disk/durable-file.ts'
import { filePredicate } from '../disk/file-trouble.ts'
import { readRegularFile } from '../disk/regular-file.ts'

export interface HistoryFile {
  /** Writes it there from now on; undefined: nowhere. */
  follow(file: string | undefined): void
  /** Writes it for the last time. Never rejects. */
  close(): Promise<void>
}

export interface HistoryFileOptions {
  /** Undefined: the history is not kept. */
  readonly file: string | undefined
  readonly page: Pick<AdminPage, 'save' | 'restore'>
  readonly logger: Logger
  /** Milliseconds between two writings. */
  readonly everyMs?: number
}

// Ten times what was seen of a gate that many clients ask.
const maxBytes = 32 * 1024 * 1024
const defaultEveryMs = 600_000
const onlyOwner = 0o600
// Milliseconds of formatting before requests get their turn.
const sliceMs = 2

/**
 * Where the history is kept: where the configuration says, or in the folder that systemd gives to the service.
 * `stateDirectory`: the variable STATE_DIRECTORY, several folders with colons.
 */
export function findHistoryFile(
  configured: string | undefined,
  stateDirectory: string | undefined,
): string | undefined {
  const [folder = ''] = (stateDirectory ?? '').split(':')
  return configured ?? (isAbsolute(folder) ? join(folder, 'admin-history.json') : undefined)
}

/** Puts back what the file says. A file that cannot be used is put aside, so that a person can look at it. */
export function readHistoryFile({ file, page, logger }: HistoryFileOptions): void {
  if (file === undefined || isMissing(file)) return
  const why = tryRestore(file, page)
  if (why === undefined) {
    logger.info({ file }, 'the history of the admin page goes on')
    return
  }
  const aside = `${file}.damaged`
  try {
    renameSync(file, aside)
    logger.warn(
      { file },
      `the history of the admin page begins anew: ${file} ${why}; it is now ${aside}`,
    )
  } catch (error) {
    const { message } = error as Error
    logger.warn(
      { file },
      `the history of the admin page begins anew: ${file} ${why}, and cannot be put aside: ${message}`,
    )
  }
}

/** Writes it every ten minutes. */
export function keepHistoryFile(options: HistoryFileOptions): HistoryFile {
  const { page, logger, everyMs = defaultEveryMs } = options
  let { file } = options
  let isFailing = false
  let written = Promise.resolve()

  async function write(): Promise<void> {
    if (file === undefined) return
    const to = file
    try {
      await replace(to, await collect(page.save()))
      if (isFailing) logger.info({ file: to }, 'the history of the admin page is written again')
      isFailing = false
    } catch (error) {
      if (!isFailing) {
        const message = `the history of the admin page cannot be written to ${to}, so a restart loses it: ${(error as Error).message}`
        logger.warn({ file: to }, message)
      }
      isFailing = true
    }
  }

  // One after the other: both write to one draft.
  function writeNext(): Promise<void> {
    written = written.then(write)
    return written
  }

  const timer = setInterval(writeNext, everyMs).unref()
  return {
    follow: next => {
      if (next !== file) isFailing = false
      file = next
    },
    close: () => {
      clearInterval(timer)
      return writeNext()
    },
  }
}

function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

/** @returns why nothing was put back, to follow the file's name */
function tryRestore(file: string, page: HistoryFileOptions['page']): string | undefined {
  try {
    return page.restore(readRegularFile(file, maxBytes).bytes.toString('utf8'))
  } catch (error) {
    const { message, cause } = error as Error
    return cause === undefined ? message.replace(`${file} `, '') : filePredicate(cause)
  }
}

async function collect(pieces: Iterable<string>): Promise<Buffer> {
  const buffers: Buffer[] = []
  let sinceMs = performance.now()
  for (const piece of pieces) {
    buffers.push(Buffer.from(piece))
    if (performance.now() - sinceMs < sliceMs) continue
    await nextTurn()
    sinceMs = performance.now()
  }
  return Buffer.concat(buffers)
}

/** At each moment, also after a power cut, the old file or the new one is there whole. */
async function replace(file: string, bytes: Buffer): Promise<void> {
  const draft = `${file}.new`
  // What a kill has left.
  rmSync(draft, { force: true })
  await writeDurably(draft, bytes, { mode: onlyOwner })
  try {
    await renameWithRetry(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  await syncDirectory(dirname(file))
}
