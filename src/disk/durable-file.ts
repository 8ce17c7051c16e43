// Files that are on the disk when the call returns, also after a power cut. Retries what Windows refuses for a moment.
import { chmodSync, closeSync, fdatasync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const waitForDisk = promisify(fdatasync)

interface NewFileOptions {
  /** Makes the file's directory; called only when that is missing. Undefined: a missing directory is an error. */
  readonly makeDirectory?: () => void
  /** Permission bits, before the umask. Undefined: 0644. */
  readonly mode?: number
}

/**
 * Writes a new file. When it resolves, the whole file is on the disk; when it rejects, there is no file.
 */
// Quick calls are made at once; only the wait for the disk lets others work.
export async function writeDurably(
  path: string,
  bytes: Buffer,
  { makeDirectory, mode = 0o644 }: NewFileOptions,
): Promise<void> {
  const descriptor = openNew(path, makeDirectory, mode)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    await waitForDisk(descriptor)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function openNew(
  path: string,
  makeDirectory: NewFileOptions['makeDirectory'],
  mode: number,
): number {
  try {
    return openSync(path, 'wx', mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || makeDirectory === undefined)
      throw error
    makeDirectory()
    return openSync(path, 'wx', mode)
  }
}

const isWindows = platform() === 'win32'
const maxAttempts = 5

/** Whether Windows refused because the file is read-only, or a program such as a virus scanner or the gate has it open. */
export function isInUse(error: unknown): boolean {
  return ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Replaces what is there, also when Windows refuses that for a moment. */
export function renameWithRetry(from: string, to: string): Promise<void> {
  return withRetry(to, () => renameSync(from, to))
}

/** A missing file is not an error. */
export function removeWithRetry(path: string): Promise<void> {
  return withRetry(path, () => rmSync(path, { force: true }))
}

async function withRetry(path: string, work: () => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return work()
    } catch (error) {
      if (!isInUse(error) || attempt === maxAttempts) throw error
      makeWritable(path)
      await delay(20 * attempt)
    }
  }
}

/** The same for synchronous callers: blocks for at most a fifth of a second. */
export function renameBlocking(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      if (!isInUse(error) || attempt === maxAttempts) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20 * attempt)
    }
  }
}

// Windows neither replaces nor removes read-only files; elsewhere the directory's permissions count.
function makeWritable(path: string): void {
  if (!isWindows) return
  try {
    chmodSync(path, 0o666)
  } catch {
    // The next attempt reports the error.
  }
}

// Windows cannot open directories; its file systems write renames themselves.
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    await handle.sync()
  } catch {
    // Some network file systems have no fsync for directories.
  } finally {
    await handle.close()
  }
}
