// An OpenSSH known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): the host keys that a server may show. Stricter than
// ssh: an unreadable line is an error and not skipped, because it could be the one that revokes a key.
import { createHash, createHmac } from 'node:crypto'
import { readRegularFile } from '../../../disk/regular-file.ts'
import { matchesGlob } from '../../../text/glob.ts'
import { sourceError } from './file-tree.ts'

export interface HostKey {
  /** `ssh-ed25519`, as the key itself says. */
  readonly type: string
  readonly blob: Buffer
}

export interface KnownHosts {
  /** The file, for messages. */
  readonly file: string
  /** The keys for the host at the port, without revoked ones. */
  find(host: string, port: number): HostKey[]
  isRevoked(host: string, port: number, blob: Buffer): boolean
  /** Lines of @cert-authority entries for the host: certificates of host keys are not supported. */
  authorityLines(host: string, port: number): number[]
}

interface KnownHostsEntry {
  readonly line: number
  readonly marker: string | undefined
  readonly hosts: string
  readonly key: HostKey
}

const maxBytes = 16 * 1024 * 1024
const defaultPort = 22
const markers = ['@revoked', '@cert-authority']

/** @throws SourceError of the whole source */
export function loadKnownHosts(file: string): KnownHosts {
  let text: string
  try {
    text = readRegularFile(file, maxBytes).bytes.toString('utf8')
  } catch (error) {
    const advice = 'ssh-keyscan writes one; compare its fingerprints with those of the server'
    const message = `cannot be read: ${(error as Error).message}; ${advice}`
    throw sourceError(`knownHosts ${file}`, message, { cause: error })
  }
  return parseKnownHosts(text, file)
}

/**
 * @param file for messages.
 * @throws SourceError that names all lines that cannot be read
 */
export function parseKnownHosts(text: string, file: string): KnownHosts {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const parsed = lines.map((line, at) => parseLine(line.trim(), at + 1))
  const problems = parsed.filter(entry => typeof entry === 'string')
  if (problems.length > 0) {
    throw sourceError('knownHosts', problems.map(problem => `${file}:${problem}`).join('; '))
  }
  const entries = parsed.filter(entry => typeof entry === 'object')
  const matching = (host: string, port: number, marker: string | undefined) => {
    const name = nameOf(host, port)
    return entries.filter(entry => entry.marker === marker && isListed(entry.hosts, name))
  }
  const isRevoked: KnownHosts['isRevoked'] = (host, port, blob) =>
    matching(host, port, '@revoked').some(({ key }) => key.blob.equals(blob))
  return {
    file,
    isRevoked,
    find: (host, port) =>
      matching(host, port, undefined)
        .map(({ key }) => key)
        .filter(({ blob }) => !isRevoked(host, port, blob)),
    authorityLines: (host, port) => matching(host, port, '@cert-authority').map(({ line }) => line),
  }
}

/** The name of a host in known_hosts: `tdi.acme.example`, or `[tdi.acme.example]:2222` with another port than 22. */
export function nameOf(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === defaultPort ? name : `[${name}]:${port}`
}

/** As ssh-keygen -l prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The type in a key's wire format (RFC 4253 section 6.6). */
export function typeOfKey(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined
  const length = blob.readUInt32BE(0)
  return length === 0 || length > 64 || length + 4 >= blob.length
    ? undefined
    : blob.toString('latin1', 4, 4 + length)
}

// Returns a problem as text that begins with the line number.
function parseLine(text: string, line: number): KnownHostsEntry | string | undefined {
  if (text === '' || text.startsWith('#')) return undefined
  const words = text.split(/[ \t]+/)
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  if (marker !== undefined && !markers.includes(marker)) {
    return `${line} has an unknown marker; only ${markers.join(' and ')} are known`
  }
  const [hosts = '', type = '', base64 = ''] = words
  if (base64 === '')
    return `${line} is incomplete; write host, key type and key, as ssh-keyscan does`
  const blob = Buffer.from(base64, 'base64')
  const isWhole = blob.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
  if (!isWhole || typeOfKey(blob) !== type) {
    return `${line} does not hold a whole key of type ${type.replace(/[^!-~]/g, '\ufffd').slice(0, 60)}`
  }
  if (hosts.startsWith('|') && !/^\|1\|[^|]+\|[^|]+$/.test(hosts)) {
    return `${line} has a hashed host name of an unknown kind`
  }
  return { line, marker, hosts, key: { type, blob } }
}

function isListed(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name)
  // Brackets are not glob syntax here: they belong to [host]:port.
  const patterns = hosts.toLowerCase().split(',')
  const matches = (pattern: string) => matchesGlob(pattern, name)
  return (
    patterns.some(pattern => !pattern.startsWith('!') && matches(pattern)) &&
    !patterns.some(pattern => pattern.startsWith('!') && matches(pattern.slice(1)))
  )
}

// OpenSSH hides names with HMAC-SHA1. A match alone proves nothing: the key must match too.
function isHashOf(hosts: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hosts.split('|')
  const hmac = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return hmac.equals(Buffer.from(hash, 'base64'))
}
