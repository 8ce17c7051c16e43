// Opens the sources that are folders of files, local or on an SFTP server, with files named by mail address or dumped by
// TDI. Connects only when the source is listed.
import type { FolderSettings, SftpSettings, TdiSettings } from '../../../config/supply/settings.ts'
import type { People } from '../people/people-file.ts'
import type { Source } from '../source.ts'
import type { FileTree } from './file-tree.ts'
import { buildFolderSource } from './folder-source.ts'
import { openLocalTree } from './local-tree.ts'
import type { SftpTreeOptions } from './sftp-tree.ts'
import { openSftpTree } from './sftp-tree.ts'
import { buildTdiDump } from './tdi-dump.ts'

/** @param tree reads the folder in another way, for example in a child process. */
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

/** With a people file a TDI dump, otherwise emailaddress.jpg files. */
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
