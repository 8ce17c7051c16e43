// Photos on their way into the photo directory: whole and on the disk before anything in the directory changes, under
// a name for each address that they are then renamed to.
import { mkdirSync, rmSync } from 'node:fs'
import { copyFile, link } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../../disk/durable-file.ts'

export interface PhotoDrafts {
  /**
   * Writes the bytes once and waits for the disk; the other names are links to them, or copies where the file system
   * has no links.
   * @returns `count` paths, at least one.
   */
  make(bytes: Buffer, count: number): Promise<string[]>
  discard(paths: readonly string[]): void
  discardAll(): void
}

/**
 * @param folder is made when it is missing.
 * @param check throws when the directory above is not the one that was claimed.
 */
export function buildDrafts(folder: string, check: () => void): PhotoDrafts {
  let count = 0
  const nextPath = () => join(folder, `${++count}.jpg`)

  // Not recursively: where the photo directory has gone, this must not make another.
  function makeFolder(): void {
    check()
    mkdirSync(folder, { mode: 0o700 })
  }

  function discard(paths: readonly string[]): void {
    for (const path of paths) rmSync(path, { force: true })
  }

  return {
    make: async (bytes, count) => {
      const first = nextPath()
      await writeDurably(first, bytes, { makeDirectory: makeFolder })
      const paths = [first]
      try {
        while (paths.length < count) {
          const path = nextPath()
          await link(first, path).catch(() => copyFile(first, path))
          paths.push(path)
        }
        return paths
      } catch (error) {
        discard(paths)
        check()
        throw error
      }
    },
    discard,
    discardAll: () => rmSync(folder, { recursive: true, force: true }),
  }
}
