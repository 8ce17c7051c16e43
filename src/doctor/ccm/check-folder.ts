// Whether the folder of the cache is there, where it can be looked at from this machine.
import type { Diagnosis } from '../finding.ts'
import { nothing } from './diagnosis.ts'
import { plainFolder } from './folder-name.ts'

/**
 * `elsewhere`: the name is not one of this system, or not even the folder around it is there. `silent`: looking at it gave
 * no answer in time.
 */
export type FolderSight = 'folder' | 'file' | 'missing' | 'elsewhere' | 'silent'

export function checkFolders(
  folders: readonly string[],
  lookAt: (folder: string) => FolderSight,
): Diagnosis {
  const distinct = [...new Map(folders.map(each => [plainFolder(each), each])).values()]
  const parts = distinct.map((folder): Diagnosis => {
    const sight = lookAt(folder)
    if (sight === 'folder') return { ...nothing, fine: [`${folder} is a folder on this machine.`] }
    if (sight === 'elsewhere') {
      return { ...nothing, unknown: [`Whether ${folder} is there: it is not on this machine.`] }
    }
    if (sight === 'silent') {
      const why = 'this machine gave no answer. Perhaps it is on a network file system that hangs.'
      return { ...nothing, unknown: [`Whether ${folder} is there: ${why}`] }
    }
    const finding = {
      code: 'ccm-folder-missing',
      effect: 'breaks',
      seen:
        sight === 'file'
          ? `${folder} is a file, not a folder.`
          : `${folder} is not there, and the folder around it is.`,
      why: 'FNCS has no folder to copy files to, and IHS none to read from: downloads of more than 1 MB from libraries fail.',
      cure: [
        `Create ${folder}. The user of the CCM server must be able to write to it, and the user of IHS to read it.`,
        'Restart the CCM server, and look for the eight lines of CDHC in its SystemOut.log.',
      ],
    } as const
    return { ...nothing, findings: [finding] }
  })
  return {
    findings: parts.flatMap(({ findings }) => findings),
    fine: parts.flatMap(({ fine }) => fine),
    unknown: parts.flatMap(({ unknown }) => unknown),
  }
}
