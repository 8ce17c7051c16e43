// Whether other machines may change a directory without an event on this one.
import { statfsSync } from 'node:fs'

// statfs(2) f_type of file systems with writers elsewhere, which cause no events here.
const remoteTypes = new Set([
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x65735546, 0x01021997, 0x5346414f, 0x00c36400,
  0x7461636f, 0x0bd00bd0, 0x786f4256, 0x01161970,
])

/** True also when it is unknown. */
export function isRemote(directory: string): boolean {
  if (directory.startsWith('\\\\')) return true
  try {
    return remoteTypes.has(Number(statfsSync(directory).type))
  } catch {
    return true
  }
}
