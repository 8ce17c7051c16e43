// Finds the files of a folder by name: dumps are written on Windows, where case does not matter, and copied to systems
// where it does.
import type { TreeFile } from './file-tree.ts'

export interface FileNames {
  add(file: TreeFile): void
  /** The file of the first name that exists. Without one, the only file whose name differs from a name in case alone. */
  find(names: readonly string[]): TreeFile | undefined
  /** The files that `find` has not returned so far. */
  unused(): TreeFile[]
}

export function buildFileNames(): FileNames {
  const exact = new Map<string, TreeFile>()
  const lower = new Map<string, TreeFile | undefined>()
  const found = new Set<TreeFile>()
  return {
    add: file => {
      const key = file.name.toLowerCase()
      exact.set(file.name, file)
      lower.set(key, lower.has(key) ? undefined : file)
    },
    find: names => {
      const isThere = (file: TreeFile | undefined) => file !== undefined
      const file =
        names.map(name => exact.get(name)).find(isThere) ??
        names.map(name => lower.get(name.toLowerCase())).find(isThere)
      if (file !== undefined) found.add(file)
      return file
    },
    unused: () => [...exact.values()].filter(file => !found.has(file)),
  }
}
