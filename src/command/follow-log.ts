// Follows a log while it is written: from where it ends now, and in the new file once it is rotated. Knows nothing about its
// lines.
import type { FileHandle } from 'node:fs/promises'
import { open, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { LineHandler } from '../text/line-splitter.ts'
import { buildLineSplitter } from '../text/line-splitter.ts'

export interface FollowedLog {
  /** Stops following. */
  close(): Promise<void>
}

const pollMs = 50
const chunkBytes = 256 * 1024

/** Lines that are complete by now are not read. @throws when the file cannot be opened. */
export async function followFile(file: string, onLine: LineHandler): Promise<FollowedLog> {
  const { size, ino } = await regularFile(file)
  let handle = await open(file, 'r')
  let inode = ino
  let position = size
  let isOver = false
  let splitter = buildLineSplitter(onLine)
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const readNew = async (from: FileHandle) => {
    for (;;) {
      const { bytesRead } = await from.read(buffer, 0, chunkBytes, position)
      if (bytesRead === 0) return
      position += bytesRead
      splitter.push(buffer.subarray(0, bytesRead))
    }
  }
  const following = (async () => {
    while (!isOver) {
      await readNew(handle)
      // Moved away and made anew (logrotate's create), or cut (copytruncate).
      const now = await stat(file).catch(() => undefined)
      if (now !== undefined && (now.ino !== inode || now.size < position)) {
        await readNew(handle)
        await handle.close()
        handle = await open(file, 'r')
        inode = now.ino
        position = 0
        splitter = buildLineSplitter(onLine)
      }
      await delay(pollMs)
    }
  })().catch(() => undefined)
  return {
    close: async () => {
      isOver = true
      await following
      await handle.close().catch(() => undefined)
    },
  }
}

// A pipe or a device would not open, or never end.
async function regularFile(file: string) {
  const stats = await stat(file)
  if (stats.isFile()) return stats
  const code = stats.isDirectory() ? 'EISDIR' : 'ENXIO'
  throw Object.assign(new Error('is not a regular file'), { code })
}

/** A log that another program pipes in, as `journalctl -f` does. */
export function followStream(
  input: AsyncIterable<Buffer | string> & { destroy?(): void },
  onLine: LineHandler,
): FollowedLog {
  const splitter = buildLineSplitter(onLine)
  const following = (async () => {
    for await (const chunk of input) splitter.push(Buffer.from(chunk))
    splitter.end()
  })().catch(() => undefined)
  return {
    close: async () => {
      // A pipe whose writer goes on would keep the program running.
      input.destroy?.()
      await following
    },
  }
}
