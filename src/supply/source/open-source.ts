// From a source's settings to the source. Each kind loads its libraries only when it is used.
import type { SourceSettings } from '../../config/supply/settings.ts'
import type { People } from './people/people-file.ts'
import type { Source } from './source.ts'

/**
 * @param signal ends reads that are under way when the import no longer waits for the source.
 * @param photos the directory that imported photos are written to; no source may be this folder.
 * @throws SourceError
 */
export async function openSource(
  settings: SourceSettings,
  signal?: AbortSignal,
  photos?: string,
): Promise<Source> {
  const options = signal === undefined ? {} : { signal }
  const files = secretsOf(settings)
  if (files.length > 0) {
    const { mustAnswer } = await import('./files/child-process-tree.ts')
    await mustAnswer(files, options)
  }
  switch (settings.kind) {
    case 'folder':
    case 'tdiDump': {
      const { openFolder, openTdiDump } = await import('./files/photo-folder.ts')
      const { openChildProcessTree } = await import('./files/child-process-tree.ts')
      const tree = openChildProcessTree(settings.folder, photos === undefined ? {} : { photos })
      if (settings.kind === 'folder') return openFolder(settings, tree)
      return openTdiDump(settings, { tree, people: await peopleOf(settings.peopleFile, options) })
    }
    case 'sftp': {
      const { openSftp } = await import('./files/photo-folder.ts')
      const { peopleFile } = settings
      return openSftp(settings, {
        ...(peopleFile !== undefined && { people: await peopleOf(peopleFile, options) }),
      })
    }
    case 'ldap':
      return (await import('./ldap/ldap.ts')).openLdap(settings, options)
    case 'connections': {
      const { openConnections } = await import('./connections/connections.ts')
      return openConnections(settings, await peopleOf(settings.peopleFile, options))
    }
  }
}

/** Files that a source reads in this process, which would hang on a dead mount. */
function secretsOf(settings: SourceSettings): string[] {
  const isThere = (file: string | undefined) => file !== undefined
  switch (settings.kind) {
    case 'folder':
    case 'tdiDump':
      return []
    case 'sftp':
      return [settings.keyFile, settings.passphraseFile, settings.knownHosts].filter(isThere)
    case 'ldap':
    case 'connections':
      return [settings.passwordFile, settings.caFile].filter(isThere)
  }
}

// The people file may be on a mount that does not answer.
async function peopleOf(file: string, options: { signal?: AbortSignal }): Promise<People> {
  const { loadPeopleWith } = await import('./people/people-file.ts')
  const { readFileInChildProcess } = await import('./files/child-process-tree.ts')
  return loadPeopleWith(file, (path, maxBytes) => readFileInChildProcess(path, maxBytes, options))
}
