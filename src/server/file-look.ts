// How files look from outside, and what is in them, without holding up anything else: enough to tell whether
// somebody is still writing to them.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { inodeOf } from '../disk/file-identity.ts'

/** By path: device, inode, size and times, or the code of the error where there is no file. */
export type Look = ReadonlyMap<string, string>

// O_NONBLOCK, which Windows lacks: a FIFO in the place of a file must not hold up anything.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const blockBytes = 256 * 1024

/** Follows links, so that one that is turned around is seen. Never throws. */
export async function lookAt(files: Iterable<string>): Promise<Look> {
  const looks = [...new Set(files)].map(async file => [file, await lookAtOne(file)] as const)
  return new Map(await Promise.all(looks))
}

/** The files that look otherwise, or that only one of the two has. */
export function changesBetween(before: Look, after: Look): string[] {
  const files = new Set([...before.keys(), ...after.keys()])
  return [...files].filter(file => before.get(file) !== after.get(file))
}

/** A digest of all that the files hold; of one that cannot be read, of the reason. Never throws. */
export async function digestOf(files: Iterable<string>): Promise<string> {
  const hash = createHash('sha256')
  for (const file of [...new Set(files)].sort())
    hash.update(`${file}\0${await digestOfOne(file)}\0`)
  return hash.digest('hex')
}

/** Those that were changed at that time or later, in milliseconds since the epoch. Never throws. */
export async function changedSince(files: Iterable<string>, timeMs: number): Promise<string[]> {
  const looks = [...new Set(files)].map(async file => {
    try {
      return (await stat(file)).ctimeMs >= timeMs ? [file] : []
    } catch {
      return [] // When it comes back, it looks otherwise.
    }
  })
  return (await Promise.all(looks)).flat()
}

async function lookAtOne(file: string): Promise<string> {
  try {
    const stats = await stat(file, { bigint: true })
    const { size, mtimeNs, ctimeNs } = stats
    return [inodeOf(stats), size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return codeOf(error)
  }
}

async function digestOfOne(file: string): Promise<string> {
  try {
    const handle = await open(file, flags)
    try {
      if (!(await handle.stat()).isFile()) return 'not a regular file'
      const hash = createHash('sha256')
      const block = Buffer.allocUnsafe(blockBytes)
      for (;;) {
        const { bytesRead } = await handle.read(block, 0, blockBytes, null)
        if (bytesRead === 0) return hash.digest('hex')
        hash.update(block.subarray(0, bytesRead))
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
