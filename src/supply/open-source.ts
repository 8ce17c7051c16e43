// From a source's settings to the source. What a kind of source needs is loaded only where there is one.
import type { SourceSettings } from '../config/supply-settings.ts'
import type { Source } from './source.ts'

/** @throws SourceError */
export async function openSource(settings: SourceSettings): Promise<Source> {
  switch (settings.kind) {
    case 'folder':
      return (await import('./files/photo-folder.ts')).openFolder(settings)
    case 'tdiDump':
      return (await import('./files/photo-folder.ts')).openTdiDump(settings)
    case 'sftp':
      return (await import('./files/photo-folder.ts')).openSftp(settings)
    case 'ldap':
      return (await import('./ldap/ldap.ts')).openLdap(settings)
    case 'connections': {
      const { loadPeople } = await import('./people/people-file.ts')
      const { openConnections } = await import('./connections/connections.ts')
      return openConnections(settings, loadPeople(settings.peopleFile))
    }
  }
}
