// Files that are on the disk when they are said to be.
import { chmodSync, closeSync, fdatasync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const waitForDisk = promisify(fdatasync)

/**
 * A new file, whole on the disk when it resolves; else there is none.
 * @param makeDirectory makes the one that it is to be in, and is called where that is not there.
 */
// Quick calls are made at once; only the wait for the disk lets others work.
export async function writeDurably(
  path: string,
  bytes: Buffer,
  makeDirectory: () => void,
): Promise<void> {
  const descriptor = openNew(path, makeDirectory)
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

function openNew(path: string, makeDirectory: () => void): number {
  try {
    return openSync(path, 'wx', 0o644)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    makeDirectory()
    return openSync(path, 'wx', 0o644)
  }
}

const isWindows = platform() === 'win32'
const maxAttempts = 5

/** What Windows answers for a file that somebody has open, such as a virus scanner or the gate, or may only be read. */
export function isInUse(error: unknown): boolean {
  return ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Takes the place of what is there, also where Windows refuses that for a moment. */
export function renameWithRetry(from: string, to: string): Promise<void> {
  return withRetry(to, () => renameSync(from, to))
}

/** No error when it is not there. */
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

/** The same for those who cannot wait otherwise: blocks for a fifth of a second at most. */
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

// Windows neither replaces nor removes what has the attribute read-only; elsewhere the directory's rights count.
function makeWritable(path: string): void {
  if (!isWindows) return
  try {
    chmodSync(path, 0o666)
  } catch {
    // The next attempt says what is the matter.
  }
}

// Windows opens no directories; there the file system sees to it.
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    await handle.sync()
  } catch {
    // Some network file systems have no such call.
  } finally {
    await handle.close()
  }
}
