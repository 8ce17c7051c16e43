// Opens the sources that are folders of files: here or on an SFTP server, named by mail address or as
// TDI dumps them. Connects to nothing until it is listed.
import type { FolderSettings, SftpSettings, TdiSettings } from '../../config/supply-settings.ts'
import type { Source } from '../source.ts'
import { buildFolderSource } from './folder-source.ts'
import { openLocalTree } from './local-tree.ts'
import type { SftpTreeOptions } from './sftp-tree.ts'
import { openSftpTree } from './sftp-tree.ts'
import { buildTdiDump } from './tdi-dump.ts'

export function openFolder({ folder }: FolderSettings): Source {
  return buildFolderSource(openLocalTree(folder))
}

export function openTdiDump({ folder, index, peopleFile }: TdiSettings): Source {
  return buildTdiDump(openLocalTree(folder), { index, peopleFile })
}

/** A TDI dump where there is a people file, else emailaddress.jpg files. */
export function openSftp(settings: SftpSettings, options: SftpTreeOptions = {}): Source {
  const { index, peopleFile } = settings
  const tree = openSftpTree(settings, options)
  return peopleFile === undefined
    ? buildFolderSource(tree)
    : buildTdiDump(tree, { index, peopleFile })
}
