// Reads files that the configuration names. Refuses FIFOs and devices, which would block the server or never end.
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { describeFileTrouble } from './file-trouble.ts'

export interface RegularFile {
  readonly bytes: Buffer
  /** Permission bits, as of stat(2). */
  readonly mode: number
}

// O_NONBLOCK is absent on Windows, which has no FIFOs in folders.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** @throws Error worded to follow "cannot be read: " */
export function readRegularFile(path: string, maxBytes: number): RegularFile {
  const descriptor = openFile(path)
  try {
    const stats = fstatSync(descriptor)
    if (stats.isDirectory()) throw new Error(`${path} is a folder, not a file`)
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`)
    if (stats.size > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`)
    return { bytes: readFileSync(descriptor), mode: stats.mode }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The bytes of a file that may be a pipe, as `<(…)` of a shell is: waits for its writer. Undefined when there are more
 * than `maxBytes`, as of a device that never ends. A folder and a file that is not there are errors of the system.
 */
export function readBounded(path: string, maxBytes: number): Buffer | undefined {
  const descriptor = openSync(path, constants.O_RDONLY)
  const chunks: Buffer[] = []
  let length = 0
  try {
    while (length <= maxBytes) {
      const chunk = Buffer.allocUnsafe(64 * 1024)
      const read = readSync(descriptor, chunk)
      if (read === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, read))
      length += read
    }
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw new Error(describeFileTrouble(error, path), { cause: error })
  }
}
