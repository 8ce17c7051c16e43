// The checks of this machine, by the settings. The work of each is in a file of its own.
import type { LedgerSettings, Settings } from '../../config/settings.ts'
import type { SourceSettings } from '../../config/supply/settings.ts'
import type { TlsServer } from './certificates.ts'
import {
  checkAuthorityFile,
  checkListenCertificates,
  checkServerCertificate,
} from './certificates.ts'
import { checkClock } from './clock.ts'
import { checkDisk } from './disk.ts'
import { checkFileWatch } from './file-watch.ts'
import { checkGate } from './gate.ts'
import { checkImportAge } from './import-age.ts'
import { checkKeyDates } from './key-dates.ts'
import { checkLedger } from './ledger.ts'
import { checkOpenFiles } from './open-files.ts'
import type { ProcessUser } from './owners.ts'
import { checkPhotos } from './photos.ts'
import { checkRights } from './rights.ts'
import type { Check } from './run-checks.ts'
import { checkSource } from './sources.ts'

export interface MachineFacts {
  readonly settings: Settings
  readonly platform: NodeJS.Platform
  readonly nowMs: number
  /** Whom doctor runs as. Undefined: not known. */
  readonly user?: ProcessUser | undefined
  /** Leaves out the checks that look at the folder of photos. */
  readonly skipsPhotos?: boolean
}

// Milliseconds for each step of a source: opening, listing and fetching.
const sourceLimitMs = 4_500

/** The order is that of findings of the same effect. */
export function machineChecks(facts: MachineFacts): Check[] {
  const { settings, platform, nowMs, user, skipsPhotos = false } = facts
  const { photos, supply, files, ledger, ltpa, listen } = settings
  const { directory } = photos
  const deciding = [...new Set([...files, ...(supply?.sources ?? []).flatMap(filesOf)])]
  const checks: Check[] = [
    { title: 'the gate', look: signal => checkGate(listen, { nowMs, signal }) },
    {
      title: 'rights',
      touchesPhotos: true,
      look: () => checkRights({ deciding, photos: directory, platform, user }),
    },
    { title: 'the disk', touchesPhotos: true, look: () => checkDisk(directory) },
    { title: 'the clock', look: () => checkClock({ platform }) },
    {
      title: 'watches on files',
      touchesPhotos: true,
      look: () => checkFileWatch(directory, { platform }),
    },
    { title: 'open files', look: () => checkOpenFiles(platform) },
    { title: 'the photos', touchesPhotos: true, look: () => checkPhotos(directory) },
    ...(ltpa === undefined ? [] : [{ title: 'LTPA keys', look: () => checkKeyDates(ltpa, nowMs) }]),
    ...(ledger === undefined
      ? []
      : [{ title: 'the ledger', look: (signal: AbortSignal) => checkLedger(ledger, signal) }]),
    ...(supply === undefined
      ? []
      : [
          {
            title: 'imports',
            touchesPhotos: true,
            look: () => checkImportAge({ photos: directory, supply, nowMs }),
          },
          ...supply.sources.map(source => sourceCheck(source, directory)),
        ]),
    ...certificateChecks(facts),
  ]
  return checks.filter(({ touchesPhotos = false }) => !(skipsPhotos && touchesPhotos))
}

function sourceCheck(source: SourceSettings, photos: string): Check {
  return {
    title: source.title,
    touchesPhotos: true,
    look: signal => checkSource(source, { photos, signal, limitMs: sourceLimitMs }),
  }
}

function certificateChecks({ settings: { supply, ledger, listen }, nowMs }: MachineFacts): Check[] {
  const sources = supply?.sources ?? []
  const authorities = sources.flatMap(source =>
    'caFile' in source && source.caFile !== undefined ? [source.caFile] : [],
  )
  const servers = [...sources.flatMap(tlsServersOf), ...(ledger ? tlsServersOfRedis(ledger) : [])]
  return [
    { title: 'certificates', look: () => checkListenCertificates(listen, nowMs) },
    ...[...new Set(authorities)].map(file => ({
      title: `the authority in ${file}`,
      look: () => checkAuthorityFile(file, nowMs),
    })),
    ...servers.map(server => ({
      title: `the certificate of ${server.host}:${server.port}`,
      look: (signal: AbortSignal) => checkServerCertificate(server, { nowMs, signal }),
    })),
  ]
}

// StartTLS of LDAP is not spoken here: the check of the source says when its certificate has ended.
function tlsServersOf(source: SourceSettings): TlsServer[] {
  if (source.kind !== 'ldap' && source.kind !== 'connections') return []
  const { protocol, hostname, port } = new URL(source.url)
  const defaultPort = { 'ldaps:': 636, 'https:': 443 }[protocol]
  if (defaultPort === undefined) return []
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return [{ what: `The source ${source.title}`, host, port: Number(port) || defaultPort }]
}

function tlsServersOfRedis({ target: { server, tls } }: LedgerSettings): TlsServer[] {
  return tls !== undefined && 'host' in server ? [{ what: 'The ledger', ...server }] : []
}

/** Files of this machine that decide what a source is believed, and what it is told. */
export function filesOf(source: SourceSettings): string[] {
  const { passwordFile, caFile, keyFile, passphraseFile, knownHosts, peopleFile } =
    source as Readonly<Partial<Record<SourceFileKey, string>>>
  return [passwordFile, caFile, keyFile, passphraseFile, knownHosts, peopleFile].filter(
    file => file !== undefined,
  )
}

type SourceFileKey =
  | 'passwordFile'
  | 'caFile'
  | 'keyFile'
  | 'passphraseFile'
  | 'knownHosts'
  | 'peopleFile'
