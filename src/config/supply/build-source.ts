// From the configuration's text on one source of photos to its settings. Checks that files exist and reads none: the gate
// serves without them, and only the import may read secrets.
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { platform } from 'node:os'
import { resolve } from 'node:path'
import type { Static } from 'typebox'
import { describeFileTrouble } from '../../disk/file-trouble.ts'
import type { Findings } from '../document/findings.ts'
import { isRefused } from '../document/findings.ts'
import type { Keys } from '../document/yaml-nodes.ts'
import { presentOf } from '../lists.ts'
import { warnOfRights } from '../ltpa/secret-files.ts'
import { defaultOf } from '../schema/parts.ts'
import type {
  ConnectionsSettings,
  FolderSettings,
  LdapSettings,
  SftpSettings,
  SourceSettings,
  TdiSettings,
} from './settings.ts'
import type { supplySource } from './source-schema.ts'
import {
  connections as connectionsSchema,
  ldap as ldapSchema,
  sftp as sftpSchema,
  tdiDump as tdiSchema,
} from './source-schema.ts'

export interface SourceInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Where imported photos go; absolute. */
  readonly photos: string
  readonly findings: Findings
  /** Whether to check that files and folders exist; otherwise the import finds out. */
  readonly looksAtSources: boolean
}

type SourceText = Static<typeof supplySource>
// A key that the schema refused is undefined.
type TextOf<Kind extends string> = Partial<Extract<SourceText, Record<Kind, string>>>

/** One source's place in the configuration. */
interface SourceScope {
  /** The absolute path of a file or folder that the key names; a warning when it is not there. */
  path(key: string, value: string): string
  optionalPath(key: string, value: string | undefined): string | undefined
  refuse(key: string, message: string): void
  warn(key: string, message: string): void
  isRefused(key: string): boolean
}

const sftpPort = 22

/** Undefined when the schema has refused the source or a part that it needs. */
export function buildSource(
  input: SourceInput,
  keys: Keys,
  text: Partial<SourceText> | undefined,
): SourceSettings | undefined {
  if (text === undefined) return undefined
  const place = buildScope(input, keys)
  if ('folder' in text) return buildFolder(place, text, input)
  if ('tdiDump' in text) return buildTdi(place, text, input)
  if ('ldap' in text) return buildLdap(place, text)
  if ('connections' in text) return buildConnections(place, text)
  if ('sftp' in text) return buildSftp(place, text)
  return undefined
}

const folderKeys = ['folder', 'tdiDump']
// What holds a secret.
const secretKeys = ['passwordFile', 'keyFile', 'passphraseFile']

function buildScope({ base, findings, looksAtSources }: SourceInput, keys: Keys): SourceScope {
  const path = (key: string, value: string) => {
    const absolute = resolve(base, value)
    if (!looksAtSources) return absolute
    try {
      accessSync(absolute, constants.R_OK)
      const stats = statSync(absolute)
      const isFolder = folderKeys.includes(key)
      if (!(isFolder ? stats.isDirectory() : stats.isFile())) {
        const reason = isFolder ? 'is not a folder' : 'is not a regular file'
        const message = `cannot be read now: ${absolute} ${reason}`
        findings.warn([...keys, key], message, 'GATE_CONFIG_UNREADABLE')
      } else if (secretKeys.includes(key) && platform() !== 'win32') {
        const warn = (_: string, message: string) => findings.warn([...keys, key], message)
        warnOfRights(stats.mode, { file: value, key, warn })
      }
    } catch (error) {
      // Only a warning: the import may run as another user, and reports it.
      const message = `cannot be read now: ${describeFileTrouble(error, absolute)}`
      findings.warn([...keys, key], message, 'GATE_CONFIG_UNREADABLE')
    }
    return absolute
  }
  return {
    path,
    optionalPath: (key, value) => (value === undefined ? undefined : path(key, value)),
    refuse: (key, message) => findings.refuse([...keys, key], message),
    warn: (key, message) => findings.warn([...keys, key], message),
    isRefused: key => isRefused(findings, [...keys, key]),
  }
}

function identify(kind: string, where: string, name: string | undefined) {
  const title = name ?? `${kind} ${where}`
  return { id: title, title }
}

function buildFolder(
  place: SourceScope,
  { folder, name }: TextOf<'folder'>,
  input: SourceInput,
): FolderSettings | undefined {
  if (folder === undefined) return undefined
  const path = place.path('folder', folder)
  refusePhotos(place, { key: 'folder', path, input })
  return { ...identify('folder', folder, name), kind: 'folder', folder: path }
}

function buildTdi(
  place: SourceScope,
  { tdiDump, people, index = defaultOf(tdiSchema, 'index'), name }: TextOf<'tdiDump'>,
  input: SourceInput,
): TdiSettings | undefined {
  if (tdiDump === undefined || people === undefined) return undefined
  const folder = place.path('tdiDump', tdiDump)
  refusePhotos(place, { key: 'tdiDump', path: folder, input })
  const peopleFile = place.path('people', people)
  return { ...identify('tdiDump', tdiDump, name), kind: 'tdiDump', folder, index, peopleFile }
}

// An import would find its own photos there again and again, and never remove anybody.
function refusePhotos(
  place: SourceScope,
  { key, path, input }: { key: string; path: string; input: SourceInput },
): void {
  const { photos, looksAtSources } = input
  const isSame = path === photos || (looksAtSources && resolveLinks(path) === resolveLinks(photos))
  if (!isSame) return
  place.refuse(key, 'is where imported photos go; name where they come from')
}

function resolveLinks(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path // It does not exist yet, or this user may not see it.
  }
}

function buildLdap(place: SourceScope, text: TextOf<'ldap'>): LdapSettings | undefined {
  const { ldap, base, bind, startTls = defaultOf(ldapSchema, 'startTls') } = text
  if (ldap === undefined || base === undefined) return undefined
  const isEncrypted = /^ldaps:/i.test(ldap)
  if (isEncrypted && startTls) {
    const message = 'is for ldap://; ldaps:// is encrypted from the start, so leave it out'
    place.refuse('startTls', message)
  }
  const [there, lacking] = bind === undefined ? ['passwordFile', 'bind'] : ['bind', 'passwordFile']
  const isOneThere = (bind === undefined) !== (text.passwordFile === undefined)
  if (isOneThere && !place.isRefused(lacking)) place.refuse(there, `needs ${lacking} beside it`)
  if (bind !== undefined && !isEncrypted && !startTls) {
    place.warn('ldap', 'sends the password in the clear; write ldaps://, or startTls: true')
  }
  return {
    ...identify('ldap', ldap, text.name),
    ...{ kind: 'ldap', url: ldap, base, bind, startTls },
    passwordFile: place.optionalPath('passwordFile', text.passwordFile),
    filter: text.filter ?? defaultOf(ldapSchema, 'filter'),
    mail: presentOf(text.mail ?? defaultOf(ldapSchema, 'mail')),
    photo: presentOf(text.photo ?? defaultOf(ldapSchema, 'photo')),
    caFile: place.optionalPath('ca', text.ca),
    pageSize: text.pageSize ?? defaultOf(ldapSchema, 'pageSize'),
  }
}

function buildConnections(
  place: SourceScope,
  text: TextOf<'connections'>,
): ConnectionsSettings | undefined {
  const { connections, people, user, passwordFile } = text
  if (connections === undefined || people === undefined) return undefined
  if (user === undefined || passwordFile === undefined) return undefined
  if (/^http:/i.test(connections)) {
    place.warn('connections', 'sends the password in the clear; write https://')
  }
  return {
    ...identify('connections', connections, text.name),
    ...{ kind: 'connections', url: connections.replace(/\/+$/, ''), user },
    peopleFile: place.path('people', people),
    passwordFile: place.path('passwordFile', passwordFile),
    signIn: text.signIn ?? defaultOf(connectionsSchema, 'signIn'),
    lookup: text.lookup ?? defaultOf(connectionsSchema, 'lookup'),
    greyImage: place.optionalPath('greyImage', text.greyImage),
    caFile: place.optionalPath('ca', text.ca),
    parallel: text.parallel ?? defaultOf(connectionsSchema, 'parallel'),
  }
}

function buildSftp(place: SourceScope, text: TextOf<'sftp'>): SftpSettings | undefined {
  const { sftp, keyFile, knownHosts, index = defaultOf(sftpSchema, 'index') } = text
  if (sftp === undefined || keyFile === undefined || knownHosts === undefined) return undefined
  const { hostname, port, username, pathname } = new URL(sftp)
  return {
    ...identify('sftp', sftp, text.name),
    ...{ kind: 'sftp', host: hostname.replace(/^\[|\]$/g, ''), index },
    port: port === '' ? sftpPort : Number(port),
    user: decodeURIComponent(username),
    folder: decodeURIComponent(pathname) || '.',
    keyFile: place.path('keyFile', keyFile),
    passphraseFile: place.optionalPath('passphraseFile', text.passphraseFile),
    knownHosts: place.path('knownHosts', knownHosts),
    peopleFile: place.optionalPath('people', text.people),
  }
}
