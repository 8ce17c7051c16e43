// Reads an open file to its end. Judges nothing.
import type { FileHandle } from 'node:fs/promises'

/** At most `size` bytes; fewer when the file is shorter by now. */
export async function readAll(handle: FileHandle, size: number): Promise<Buffer> {
  // Not from the shared pool: a photo in the cache would keep its neighbours' pages alive.
  const bytes = Buffer.allocUnsafeSlow(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await handle.read(bytes, length, size - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}
