// The photo files by inode: which names are one file.
import type { PhotoFile } from './photo-file.ts'

export interface FileLinks {
  add(file: PhotoFile): void
  remove(file: PhotoFile): void
  /** All names of the file with this inode, if it has several. */
  linkedTo(inode: string): Iterable<PhotoFile>
}

export function buildFileLinks(): FileLinks {
  // All files, by inode and name: only the last name of a file shows how many there are.
  const byInode = new Map<string, PhotoFile | Map<string, PhotoFile>>()
  return {
    add: file => {
      const known = byInode.get(file.inode)
      if (known instanceof Map) known.set(file.name, file)
      else if (known === undefined || known.name === file.name) byInode.set(file.inode, file)
      else {
        const both = [known, file].map((one): [string, PhotoFile] => [one.name, one])
        byInode.set(file.inode, new Map(both))
      }
    },
    remove: ({ inode, name }) => {
      const known = byInode.get(inode)
      if (!(known instanceof Map)) byInode.delete(inode)
      else if (known.delete(name) && known.size === 0) byInode.delete(inode)
    },
    linkedTo: inode => {
      const known = byInode.get(inode)
      // Names with one inode number are one file, unless the number was used again: then none of them has several links.
      if (!(known instanceof Map) || !hasLink(known.values())) return []
      return known.values()
    },
  }
}

function hasLink(files: Iterable<PhotoFile>): boolean {
  for (const { links } of files) if (links > 1) return true
  return false
}
