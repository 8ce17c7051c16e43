// A local or mounted folder. It may disappear at any time and may hold anything: links are not followed, a FIFO does not
// block, and nothing larger than allowed is read.
import type { Stats } from 'node:fs'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { lstat, open, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileIdentity } from '../../../disk/file-identity.ts'
import { identityOf, isSameIdentity } from '../../../disk/file-identity.ts'
import { quietMs, signatureOf } from '../../../photo/photo-file.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { nameRefusal, personError, refusalOf, sourceError } from './file-tree.ts'

export interface LocalTreeOptions {
  now?: () => number
}

// As the gate opens photos: not through a link, and without waiting for the writer of a FIFO. Windows has neither flag;
// there a check before opening is enough, because only administrators can make links.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
// Files whose metadata is read at once: over a network each read takes a while.
const batchSize = 64

export function openLocalTree(folder: string, { now = Date.now }: LocalTreeOptions = {}): FileTree {
  // The folder as it was first seen: after an unmount, the empty mount point is there in its place.
  let identity: FileIdentity | undefined

  async function identify(): Promise<FileIdentity> {
    try {
      const stats = await stat(folder, { bigint: true })
      if (!stats.isDirectory()) throw new Error('it is not a folder')
      return identityOf(stats)
    } catch (error) {
      throw cannotRead(folder, error)
    }
  }

  async function throwIfGone(): Promise<void> {
    const now = await identify()
    if (identity !== undefined && !isSameIdentity(now, identity)) {
      throw sourceError(folder, 'is another folder than before; was it unmounted meanwhile?')
    }
  }

  return {
    parallel: 4,
    async *list() {
      identity = await identify()
      for await (const names of namesOf(folder)) {
        const files = await Promise.all(names.map(name => look(folder, name, now())))
        yield* files.filter(file => file !== undefined)
      }
      await throwIfGone()
    },
    async read(name, maxBytes = maxOriginalBytes) {
      const path = join(folder, name)
      const refusal = nameRefusal(name)
      if (refusal !== undefined) throw personError(path, refusal)
      try {
        return await readWhole(path, maxBytes)
      } catch (error) {
        await throwIfGone()
        throw error instanceof SourceError ? error : unreadable(path, error)
      }
    },
    describe: name => join(folder, name),
    close: async () => {},
  }
}

function cannotRead(folder: string, error: unknown) {
  const message = (error as Error).message
  const reason = `cannot be read: ${message}; is it mounted, and may the user of the import read it?`
  return sourceError(folder, reason, { cause: error })
}

async function* namesOf(folder: string): AsyncGenerator<string[]> {
  let names: string[] = []
  try {
    for await (const { name } of await opendir(folder, { bufferSize: batchSize })) {
      names.push(name)
      if (names.length < batchSize) continue
      yield names
      names = []
    }
  } catch (error) {
    throw cannotRead(folder, error)
  }
  yield names
}

// Undefined when the file has gone since its name was read.
async function look(folder: string, name: string, now: number): Promise<TreeFile | undefined> {
  const unread = { kind: 'file', name, size: 0, modifiedMs: 0, version: undefined } as const
  const refusal = nameRefusal(name)
  if (refusal !== undefined) return { ...unread, refusal }
  try {
    const stats = await lstat(join(folder, name))
    const { size, mtimeMs: modifiedMs } = stats
    const version = versionOf(stats, now)
    return { kind: 'file', name, size, modifiedMs, version, refusal: kindRefusal(stats) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : { ...unread, refusal: `cannot be read: ${message}` }
  }
}

function kindRefusal(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  return stats.isFile() ? undefined : 'is not a regular file'
}

// Undefined when the file changed too recently, or has a date in the future, which says nothing about when it changed.
function versionOf(stats: Stats, now: number): string | undefined {
  return now - Math.max(stats.mtimeMs, stats.ctimeMs) < quietMs ? undefined : signatureOf(stats)
}

async function readWhole(path: string, maxBytes: number): Promise<Buffer> {
  if (constants.O_NOFOLLOW === undefined) {
    const refusal = kindRefusal(await lstat(path))
    if (refusal !== undefined) throw personError(path, refusal)
  }
  const handle = await open(path, openFlags)
  try {
    const before = await handle.stat()
    const refusal = refusalOf({ refusal: kindRefusal(before), size: before.size }, maxBytes)
    if (refusal !== undefined) throw personError(path, refusal)
    const bytes = await readUpTo(handle, before.size + 1)
    if (bytes.length !== before.size || signatureOf(await handle.stat()) !== signatureOf(before)) {
      throw personError(path, 'is being written; the next import may find it whole')
    }
    return bytes
  } finally {
    await handle.close()
  }
}

function unreadable(path: string, error: unknown): SourceError {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = code === 'ELOOP' ? 'is a symbolic link' : `cannot be read: ${message}`
  return personError(path, reason, { cause: error })
}

// In a regular file, a read returns fewer bytes than requested only at the end.
async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(maxBytes)
  const { bytesRead } = await handle.read(bytes, 0, maxBytes, 0)
  return bytes.subarray(0, bytesRead)
}
