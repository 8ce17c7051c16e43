// Which certificate a client gets for the name that it asks for (SNI): a server of TLS for each, none of which listens.
// Not Node's SNICallback: it replaces one certificate of a connection, and a client could get another one of the first
// certificate's name if that has a key of another type.
import { constants } from 'node:crypto'
import type { Server } from 'node:tls'
import { createServer } from 'node:tls'
import type { TlsCertificate, TlsSettings } from '../../config/listen/settings.ts'

/** The server for a client that asks for this name. Without one, or where no certificate has it: that of the first. */
export type FindTlsServer = (serverName: string | undefined) => Server

/** `prepare` gets each server once, before it is used. @throws Error when OpenSSL refuses a certificate */
export function buildTlsServers(
  settings: TlsSettings,
  prepare: (server: Server) => void,
): FindTlsServer {
  const open = (certificates: readonly TlsCertificate[]) => {
    const server = createServer(optionsOf(settings, certificates))
    prepare(server)
    return server
  }
  // All at once: what OpenSSL refuses must stop the start or the reload, and not a client's handshake.
  const servers = new Map<string, Server>()
  const byFiles = new Map<string, Server>()
  for (const [name, certificates] of groupByName(settings.certificates)) {
    const files = certificates.map(({ chain }) => chain).join('')
    const server = byFiles.get(files) ?? open(certificates)
    byFiles.set(files, server)
    servers.set(name, server)
  }
  const [first] = settings.certificates as readonly [TlsCertificate, ...TlsCertificate[]]
  const fallback = servers.get(first.names[0] ?? '') ?? open([first])
  return serverName => {
    if (serverName === undefined) return fallback
    const asked = serverName.toLowerCase()
    // A wildcard stands for one label (RFC 6125 section 6.4.3).
    return servers.get(asked) ?? servers.get(asked.replace(/^[^.]+/, '*')) ?? fallback
  }
}

// One for each type of key: the client gets the one that it understands.
function groupByName(certificates: readonly TlsCertificate[]): Map<string, TlsCertificate[]> {
  const byName = new Map<string, TlsCertificate[]>()
  for (const certificate of certificates) {
    for (const name of certificate.names) {
      const others = byName.get(name) ?? []
      if (others.some(({ keyType }) => keyType === certificate.keyType)) continue
      byName.set(name, [...others, certificate])
    }
  }
  return byName
}

function optionsOf(settings: TlsSettings, certificates: readonly TlsCertificate[]) {
  const { minVersion, ciphers, alpn, clientAuthority, needsClientCert } = settings
  return {
    cert: certificates.map(({ chain }) => chain),
    key: certificates.map(({ key }) => key),
    ...{ minVersion, ciphers, ALPNProtocols: [...alpn] },
    // Without an authority none counts: those that Node.js knows are for servers.
    ...(clientAuthority === undefined ? {} : { ca: clientAuthority.certificates }),
    requestCert: clientAuthority !== undefined,
    rejectUnauthorized: clientAuthority !== undefined && needsClientCert,
    // Each renegotiation costs as much as a handshake (CVE-2011-1473).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  }
}
