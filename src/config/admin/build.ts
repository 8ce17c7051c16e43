// From the configuration's text on the admin listener to settings. Refuses what would show the page to strangers: an
// address beyond this machine without a token and TLS, and an address of the photo listeners.
import { statSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { findIdentity, isSameIdentity } from '../../disk/file-identity.ts'
import type { Findings } from '../document/findings.ts'
import { isRefused } from '../document/findings.ts'
import type { TlsInput } from '../listen/build-tls.ts'
import { buildTls } from '../listen/build-tls.ts'
import type { Listen } from '../listen/settings.ts'
import { presentOf } from '../lists.ts'
import { defaultOf } from '../schema/parts.ts'
import type { ConfigText } from '../schema/schema.ts'
import { loadAdminToken } from './admin-token.ts'
import { admin as adminSchema } from './schema.ts'
import type { AdminSettings } from './settings.ts'

// A key that the schema refused is undefined.
type AdminText = Partial<NonNullable<ConfigText['admin']>>

/** Usable only when the findings have no problems afterwards. */
export function buildAdmin(
  input: TlsInput,
  text: AdminText,
  listen: readonly Listen[],
): AdminSettings {
  const { findings } = input
  const { host = defaultOf(adminSchema, 'host'), names = [] } = text
  const port = Number(text.port ?? defaultOf(adminSchema, 'port'))
  if (!isLoopback(host)) refuseOpenDoor(findings, text)
  refuseSharedPlace(findings, { host, port }, listen)
  const { tokenFile, tls, history } = text
  return {
    ...{ host, port },
    tokenHash:
      tokenFile === undefined
        ? undefined
        : loadAdminToken(input, tokenFile, ['admin', 'tokenFile']),
    tls: tls === undefined ? undefined : buildTls(input, tls, ['admin', 'tls']),
    // After all other files are known.
    history: history === undefined ? undefined : placeOfHistory(input, history),
    names: presentOf(names as string | string[]).map(name => name.toLowerCase()),
  }
}

/** Whether only this machine can connect. A name other than localhost may stand for any address. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  return isIP(host) === 4 ? host.startsWith('127.') : isIP(host) === 6 && isLoopback6(host)
}

function isLoopback6(host: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1]
  return mapped === undefined ? /^(?:0{0,4}:)+0{0,3}1$/.test(host) : mapped.startsWith('127.')
}

function refuseOpenDoor(findings: Findings, { tokenFile, tls }: AdminText): void {
  const missing = [
    ...(tokenFile === undefined && !isRefused(findings, ['admin', 'tokenFile'])
      ? ['tokenFile: admin.token']
      : []),
    ...(tls === undefined && !isRefused(findings, ['admin', 'tls'])
      ? ['tls: { cert: chain.pem, key: key.pem }']
      : []),
  ]
  if (missing.length === 0) return
  const message = `can be reached from other machines, so it needs a token and TLS; add ${missing.join(' and ')}, or write 127.0.0.1`
  findings.refuse(['admin', 'host'], message)
}

function refuseSharedPlace(
  findings: Findings,
  { host, port }: { readonly host: string; readonly port: number },
  listen: readonly Listen[],
): void {
  if (port === 0) return
  const at = listen.findIndex(
    entry => 'host' in entry && entry.port === port && isSameHost(entry.host, host),
  )
  if (at < 0) return
  const message = `${port} is where photos are served (listen[${at}]), and the page must never be reached there; write another port`
  findings.refuse(['admin', 'port'], message)
}

const wildcards = ['0.0.0.0', '::']
const machineNames = ['127.0.0.1', '::1', 'localhost']

function isSameHost(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()]
  if (a === b || wildcards.includes(a) || wildcards.includes(b)) return true
  return [a, b].includes('localhost') && machineNames.includes(a) && machineNames.includes(b)
}

/** The gate replaces this file, so it must be none that somebody needs. */
function placeOfHistory({ base, files, findings }: TlsInput, history: string): string {
  const path = resolve(base, history)
  const place = ['admin', 'history']
  if (files.some(file => file === path || isSameFile(file, path))) {
    const message = `is ${path}, which the configuration reads, and the gate would replace it; name a file of its own, such as admin-history.json`
    findings.refuse(place, message)
  } else if (isDirectory(path)) {
    findings.refuse(place, `${path} is a folder; name a file in it, such as admin-history.json`)
  } else if (!isDirectory(dirname(path))) {
    findings.warn(
      place,
      `cannot be written, because the folder ${dirname(path)} is not there; create it`,
    )
  }
  return path
}

function isSameFile(one: string, other: string): boolean {
  try {
    const identity = findIdentity(one)
    return identity !== undefined && isSameIdentity(identity, findIdentity(other))
  } catch {
    return false
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
