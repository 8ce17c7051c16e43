// Why downloads of CCM files through IHS do not work: IHS, the properties of FNCS and the log of its server, each by
// itself and against the others. What was not named is not judged.
import type { Diagnosis } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import type { CdhcProperties } from './cdhc-properties.ts'
import { findProperty, meantValue } from './cdhc-properties.ts'
import type { NamedRoot } from './check-alias.ts'
import type { FolderSight } from './check-folder.ts'
import { checkFolders } from './check-folder.ts'
import type { NamedHttpd } from './check-httpd.ts'
import { aliasFolders, checkHttpd } from './check-httpd.ts'
import { checkProperties } from './check-properties.ts'
import { checkRunning } from './check-running.ts'
import { checkStarts } from './check-starts.ts'
import { announcedIn } from './run-state.ts'
import type { ServerRuns } from './server-runs.ts'
import { joinLogs } from './server-runs.ts'
import type { SystemOutLog } from './system-out.ts'

export type CcmPart = 'httpd' | 'properties' | 'logs'

export interface CcmEvidence {
  readonly httpd: NamedHttpd | undefined
  readonly properties: readonly CdhcProperties[]
  readonly logs: readonly SystemOutLog[]
  /** What the administrator named, also what could not be read. */
  readonly named: ReadonlySet<CcmPart>
  /** Looks at a folder on this machine. */
  lookAt(folder: string): FolderSight
}

export function checkCcm({ httpd, properties, logs, named, lookAt }: CcmEvidence): Diagnosis {
  const servers = joinLogs(logs)
  const roots = [...rootsOf(properties), ...announcedRoots(servers)]
  const folders = httpd === undefined ? [] : aliasFolders(httpd, roots)
  return mergeDiagnoses([
    ...(['httpd', 'properties', 'logs'] as const)
      .filter(part => !named.has(part))
      .map(part => notNamed(...words[part])),
    ...(httpd === undefined ? [] : [checkHttpd(httpd, roots)]),
    checkProperties(properties),
    checkStarts(servers),
    checkRunning(servers, properties),
    checkFolders([...folders, ...roots.map(({ folder }) => folder)], lookAt),
  ])
}

const words: Record<CcmPart, readonly [what: string, option: string]> = {
  httpd: ['The side of IHS', '--httpd-conf'],
  properties: ['The properties of FNCS', '--properties'],
  logs: ['Whether the server announced CDHC', '--system-out'],
}

function notNamed(what: string, option: string): Diagnosis {
  return { findings: [], fine: [], unknown: [`${what}: no file was named with ${option}.`] }
}

function rootsOf(properties: readonly CdhcProperties[]): NamedRoot[] {
  return properties.flatMap(file => {
    const root = findProperty(file, 'cdhc_rootPath')
    const folder = root && meantValue(root)
    return folder ? [{ folder, by: `${file.file}:${root.line}` }] : []
  })
}

function announcedRoots(servers: readonly ServerRuns[]): NamedRoot[] {
  return servers.flatMap(({ server, runs }) => {
    const run = runs?.findLast(each => announcedIn(each) !== undefined)
    const folder = run && announcedIn(run)?.values.get('cdhc_rootPath')
    return folder ? [{ folder, by: `announced by ${server ?? 'the server'}` }] : []
  })
}
