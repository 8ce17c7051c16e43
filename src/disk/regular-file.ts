// Reads the configuration and files that it names. Refuses FIFOs and devices, which would block the server or never end;
// only a command may wait for a pipe.
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
 * The bytes of a file. Undefined when there are more than `maxBytes`. With `allowsPipes` the file may be a pipe, as
 * `<(…)` of a shell is, and its writer is waited for; without, a pipe or a device is an error in words. A folder and a
 * file that is not there are errors of the system.
 */
export function readBounded(
  path: string,
  maxBytes: number,
  { allowsPipes }: { readonly allowsPipes: boolean },
): Buffer | undefined {
  const descriptor = openSync(path, allowsPipes ? constants.O_RDONLY : flags)
  const chunks: Buffer[] = []
  let length = 0
  try {
    if (!allowsPipes) mustBeFileOrFolder(descriptor)
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

// The read of a folder says by itself that it is one.
function mustBeFileOrFolder(descriptor: number): void {
  const stats = fstatSync(descriptor)
  if (stats.isFile() || stats.isDirectory()) return
  throw new Error('it is a pipe or a device, not a regular file')
}

function openFile(path: string): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw new Error(describeFileTrouble(error, path), { cause: error })
  }
}
