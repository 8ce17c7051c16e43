// Reads files that the configuration names. A FIFO or a device in the place of one would keep the server
// waiting for ever, or never end.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

export interface RegularFile {
  readonly bytes: Buffer
  /** Permission bits, as of stat(2). */
  readonly mode: number
}

// O_NONBLOCK is absent on Windows, which has no FIFOs in folders.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** @throws Error worded to follow "cannot be read: " */
export function readRegularFile(path: string, mostBytes: number): RegularFile {
  const descriptor = openSync(path, flags)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new Error(`${path} is no regular file`)
    if (stats.size > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes`)
    return { bytes: readFileSync(descriptor), mode: stats.mode }
  } finally {
    closeSync(descriptor)
  }
}
