// Why a TLS handshake failed, in words: what the client offered, what the listener allows, and what to do. Pure.
import { cipherNameOf } from '../../config/listen/cipher-suites.ts'
import { opensslWords } from '../../config/listen/openssl-words.ts'
import type { MinTlsVersion, TlsSettings } from '../../config/listen/settings.ts'
import type { ClientHello, FirstBytes } from './client-hello.ts'

/** Why, from a closed list. */
export type HandshakeReason =
  | 'no-shared-version'
  | 'no-shared-cipher'
  | 'no-shared-protocol'
  | 'http-without-tls'
  | 'not-tls'
  | 'certificate-refused-by-client'
  | 'client-certificate-missing'
  | 'client-certificate-refused'
  | 'refused-by-client'
  | 'client-gone'
  | 'timeout'
  | 'too-many'
  | 'other'

export interface HandshakeFailure {
  readonly reason: HandshakeReason
  /** What happened; after the last semicolon, what to do. */
  readonly text: string
}

/** Versions as people write them, by their number on the wire. */
const versionNames: Readonly<Record<number, string>> = {
  2: 'SSL 2.0',
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
}
const versionNumbers: Readonly<Record<MinTlsVersion, number>> = {
  TLSv1: 0x0301,
  'TLSv1.1': 0x0302,
  'TLSv1.2': 0x0303,
  'TLSv1.3': 0x0304,
}
const tls13 = 0x0304
// More would make the line unreadable; the log's key has all.
const maxNamed = 6

export function versionNameOf(version: number): string {
  return versionNames[version] ?? `0x${version.toString(16).padStart(4, '0')}`
}

/** The versions that a client speaks: without an extension all up to the one that it names. */
export function offeredVersions({ versions }: ClientHello): string {
  const [newest = 0, ...others] = versions
  if (others.length > 0) return versions.map(versionNameOf).join(', ')
  return newest === tls13 ? versionNameOf(newest) : `at most ${versionNameOf(newest)}`
}

/** On the wire, oldest first. */
export function allowedVersions({ minVersion }: TlsSettings): number[] {
  const from = versionNumbers[minVersion]
  return Object.values(versionNumbers).filter(version => version >= from)
}

export interface FailureInput {
  readonly first: FirstBytes
  /** Of OpenSSL or Node.js. */
  readonly error: { readonly code?: string | undefined; readonly message: string }
  readonly settings: TlsSettings
}

/** By the error's code where it is certain, otherwise by what the client offered. */
export function explainFailure({ first, error, settings }: FailureInput): HandshakeFailure {
  if (first.kind === 'http') return httpWithoutTls
  if (first.kind === 'sslv2') return explainVersion('SSL 2.0', settings)
  const hello = first.kind === 'hello' ? first.hello : undefined
  const code = (error.code ?? '').replace(/^ERR_SSL_/, '')
  const alert = findAlert(code)
  if (alert !== undefined) return alert
  switch (code) {
    case 'UNSUPPORTED_PROTOCOL':
    case 'VERSION_TOO_LOW':
    case 'UNKNOWN_PROTOCOL':
      return explainVersion(
        hello === undefined ? 'an older version' : offeredVersions(hello),
        settings,
      )
    case 'NO_SHARED_CIPHER':
    case 'NO_CIPHERS_SPECIFIED':
    case 'NO_SUITABLE_SIGNATURE_ALGORITHM':
    case 'NO_SHARED_SIGNATURE_ALGORITHMS':
    case 'NO_SUITABLE_KEY_SHARE':
      return explainCipher(hello, settings)
    case 'NO_APPLICATION_PROTOCOL':
      return explainProtocol(hello, settings)
    case 'PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return clientCertificateMissing
    case 'CERTIFICATE_VERIFY_FAILED':
      return clientCertificateRefused('')
    case 'WRONG_VERSION_NUMBER':
    case 'UNEXPECTED_MESSAGE':
      return hello === undefined ? notTls : other(error.message)
    default:
      break
  }
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return clientGone(hello)
  return hello === undefined ? notTls : other(error.message)
}

export const httpWithoutTls: HandshakeFailure = {
  reason: 'http-without-tls',
  text: 'the client speaks HTTP without TLS to a port of TLS; write https:// in its URL, or name a port without TLS',
}

const notTls: HandshakeFailure = {
  reason: 'not-tls',
  text: 'the client sent something else than TLS; it may be a scanner, or a monitor that means another port',
}

const clientCertificateMissing: HandshakeFailure = {
  reason: 'client-certificate-missing',
  text: 'the client sent no certificate, and this listener asks for one (clientCa); give the front its certificate, or write clientCert: optional',
}

/** `why`: OpenSSL's code, such as CERT_HAS_EXPIRED; empty when it is not known. */
export function clientCertificateRefused(why: string): HandshakeFailure {
  const reason = why === '' ? '' : ` (${why.toLowerCase().replaceAll('_', ' ')})`
  return {
    reason: 'client-certificate-refused',
    text: `the client's certificate is not verified by clientCa${reason}; give the front a certificate of that authority, or add the authority to clientCa`,
  }
}

function explainVersion(offered: string, settings: TlsSettings): HandshakeFailure {
  const old = settings.minVersion === 'TLSv1.3' ? 'TLSv1.2' : 'TLSv1'
  return {
    reason: 'no-shared-version',
    text: `the client offers ${offered}, and this listener allows ${allowedVersions(settings).map(versionNameOf).join(', ')}; let the client speak a newer version (Notes: SSL_DISABLE_TLS_10=1 and DISABLE_SSLV3=1 in notes.ini), or write minVersion: ${old} for a listener of its own`,
  }
}

function explainCipher(hello: ClientHello | undefined, settings: TlsSettings): HandshakeFailure {
  const reason = 'no-shared-cipher'
  const offered = hello === undefined ? [] : hello.ciphers.map(cipherNameOf)
  const types = settings.certificates.map(({ keyType }) => keyType.toUpperCase())
  const has = `${[...new Set(types)].join(' and ')} certificate`
  const shared = offered.filter(name => settings.cipherNames.includes(name))
  if (shared.length > 0) {
    return {
      reason,
      text: `the client offers ${listSome(shared)}, which this listener allows, and its ${has} does not fit: the key has another type than the suite needs, or is for a curve that the client does not know; add a certificate of another key type with the same name under certificates`,
    }
  }
  return {
    reason,
    text: `the client offers no cipher suite that this listener allows: it offers ${offered.length === 0 ? 'suites that were not read' : listSome(offered)}; update the client, or add one of its suites to ciphers (allowed are ${listSome(settings.cipherNames)})`,
  }
}

function explainProtocol(hello: ClientHello | undefined, { alpn }: TlsSettings): HandshakeFailure {
  const offered = hello === undefined ? 'others' : hello.protocols.join(', ')
  return {
    reason: 'no-shared-protocol',
    text: `the client wants to speak ${offered}, and this listener speaks ${alpn.join(', ')}; let the client speak HTTP/1.1, or connect to the front`,
  }
}

function clientGone(hello: ClientHello | undefined): HandshakeFailure {
  const when =
    hello === undefined ? 'before it began the handshake' : 'in the middle of the handshake'
  return {
    reason: 'client-gone',
    text: `the client left ${when}; if it is a monitor that only connects, let it ask for /-/health; if not, look whether it trusts the certificate`,
  }
}

function other(message: string): HandshakeFailure {
  return { reason: 'other', text: `OpenSSL says: ${opensslWords(message)}` }
}

// Alerts that the client has sent (RFC 8446 section 6.2). OpenSSL 3.2 and later call those of SSL 3.0 SSL/TLS.
const distrust =
  'the client does not trust the certificate of this listener: it sent the alert ALERT; let it trust the authority (Sametime Proxy: ca-certificates.crt, caCertificateSecret or proxytruststore.p12), send the intermediates in cert, or have the certificate issued for the name that the client asks for'
const distrustAlerts = [
  'UNKNOWN_CA',
  'BAD_CERTIFICATE',
  'CERTIFICATE_UNKNOWN',
  'CERTIFICATE_EXPIRED',
  'UNSUPPORTED_CERTIFICATE',
  'CERTIFICATE_REVOKED',
]

function findAlert(code: string): HandshakeFailure | undefined {
  const [, name = ''] = /^(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(.+)$/.exec(code) ?? []
  if (name === '') return undefined
  const words = name.toLowerCase().replaceAll('_', ' ')
  if (distrustAlerts.includes(name)) {
    return {
      reason: 'certificate-refused-by-client',
      text: distrust.replace('ALERT', `"${words}"`),
    }
  }
  return {
    reason: 'refused-by-client',
    text: `the client has ended the handshake with the alert "${words}"; its own log says why`,
  }
}

function listSome(names: readonly string[]): string {
  const more = names.length - maxNamed
  return more > 0 ? `${names.slice(0, maxNamed).join(', ')} and ${more} more` : names.join(', ')
}
