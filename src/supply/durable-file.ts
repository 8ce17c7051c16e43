// Files that are on the disk when they are said to be.
import { closeSync, fdatasync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
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

// Windows refuses for a moment while somebody, such as a virus scanner or the gate, has the file open.
export async function renamePatiently(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return renameSync(from, to)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(code) || attempt === 5) throw error
      await delay(20 * attempt)
    }
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
