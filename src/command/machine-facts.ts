// Facts of this machine for doctor: authorities, addresses, connections.
import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import * as tls from 'node:tls'

// Debian, Ubuntu; RHEL; SUSE; Alpine, macOS.
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** PEM texts of all authorities that this machine trusts: Node's own list, and the system's. */
export function systemAuthorities(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: string) => string[] }
  const { NODE_EXTRA_CA_CERTS: extra = '' } = process.env
  const files = [bundles.find(file => existsSync(file)), extra]
  // Since 22.15, Node can name those of the system, also on Windows.
  const known = [...tls.rootCertificates, ...(getCACertificates?.('system') ?? [])]
  return [...known, ...files.flatMap(readText)]
}

// A list that cannot be read is of no use, and no reason to stop.
function readText(file: string | undefined): string[] {
  try {
    return file === undefined || file === '' ? [] : [readFileSync(file, 'latin1')]
  } catch {
    return []
  }
}

/** The addresses of this machine that other machines may reach it under. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) =>
    // Link-local addresses need a zone, which no URL has.
    list
      .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
      .map(({ address }) => address),
  )
}

/** The kernel's tables of TCP connections. Undefined: this system has none, or keeps them to itself. */
export function readTcpTables(): string[] | undefined {
  try {
    const files = ['/proc/net/tcp', '/proc/net/tcp6'].filter(file => existsSync(file))
    return files.length === 0 ? undefined : files.map(file => readFileSync(file, 'latin1'))
  } catch {
    return undefined
  }
}
