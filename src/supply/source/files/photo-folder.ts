// Opens the sources that are folders of files: here or on an SFTP server, named by mail address or as
// TDI dumps them. Connects to nothing until it is listed.
import type { FolderSettings, SftpSettings, TdiSettings } from '../../../config/supply/settings.ts'
import type { People } from '../people/people-file.ts'
import type { Source } from '../source.ts'
import type { FileTree } from './file-tree.ts'
import { buildFolderSource } from './folder-source.ts'
import { openLocalTree } from './local-tree.ts'
import type { SftpTreeOptions } from './sftp-tree.ts'
import { openSftpTree } from './sftp-tree.ts'
import { buildTdiDump } from './tdi-dump.ts'

/** @param tree the folder, where it is read in another way. */
export function openFolder(
  { folder }: FolderSettings,
  tree: FileTree = openLocalTree(folder),
): Source {
  return buildFolderSource(tree)
}

export function openTdiDump(
  { folder, index, peopleFile }: TdiSettings,
  { tree = openLocalTree(folder), people }: { tree?: FileTree; people?: People } = {},
): Source {
  return buildTdiDump(tree, { index, peopleFile, people })
}

/** A TDI dump where there is a people file, else emailaddress.jpg files. */
export function openSftp(
  settings: SftpSettings,
  { people, ...options }: SftpTreeOptions & { people?: People } = {},
): Source {
  const { index, peopleFile } = settings
  const tree = openSftpTree(settings, options)
  return peopleFile === undefined
    ? buildFolderSource(tree)
    : buildTdiDump(tree, { index, peopleFile, people })
}
