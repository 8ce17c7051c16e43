// How files look from outside and what they contain, read without blocking: enough to tell whether a program is still
// writing to them.
import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { constants } from 'node:fs'
import { lstat, open, readlink, stat } from 'node:fs/promises'
import { dirname, join, parse, resolve, sep } from 'node:path'
import { inodeOf } from '../disk/file-identity.ts'

/** By path: device, inode, size and times, or the error code where there is no file. */
export type FileLook = ReadonlyMap<string, string>

// O_NONBLOCK (not on Windows): a FIFO in the place of a file must not block.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const blockBytes = 256 * 1024
// As many as Linux follows.
const maxLinks = 40

/** Follows links, so that a link to a new target is seen. Never throws. */
export async function lookAt(files: Iterable<string>): Promise<FileLook> {
  const looks = [...new Set(files)].map(async file => [file, await lookAtOne(file)] as const)
  return new Map(await Promise.all(looks))
}

/** The files that look different, or that only one of the two has. */
export function changesBetween(before: FileLook, after: FileLook): string[] {
  const files = new Set([...before.keys(), ...after.keys()])
  return [...files].filter(file => before.get(file) !== after.get(file))
}

/** A digest of the files' contents, or of the error code for a file that cannot be read. Never throws. */
export async function digestOf(files: Iterable<string>): Promise<string> {
  const hash = createHash('sha256')
  for (const file of [...new Set(files)].sort())
    hash.update(`${file}\0${await digestOfOne(file)}\0`)
  return hash.digest('hex')
}

/**
 * The files that were changed at `timeMs` (since the epoch) or later, or that a link of that age leads to: the file
 * itself may be older. Never throws.
 */
export async function changedSince(files: Iterable<string>, timeMs: number): Promise<string[]> {
  const looks = [...new Set(files)].map(async file => {
    try {
      for await (const { ctimeMs } of linksOf(resolve(file))) if (ctimeMs >= timeMs) return [file]
      return (await stat(file)).ctimeMs >= timeMs ? [file] : []
    } catch {
      return [] // When it comes back, it looks different.
    }
  })
  return (await Promise.all(looks)).flat()
}

/** Every link that the absolute path leads through. */
async function* linksOf(path: string, left = maxLinks): AsyncGenerator<Stats> {
  const { root } = parse(path)
  let at = root
  const parts = path.slice(root.length).split(sep)
  for (const [index, part] of parts.entries()) {
    at = join(at, part)
    const stats = await lstat(at)
    if (!stats.isSymbolicLink()) continue
    yield stats
    const target = resolve(dirname(at), await readlink(at), ...parts.slice(index + 1))
    if (left > 0) yield* linksOf(target, left - 1)
    return
  }
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
