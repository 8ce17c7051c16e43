// Versions of SSL and TLS as servers write them into logs.

/** Oldest first. */
export const tlsVersions = ['SSL 2', 'SSL 3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'] as const

export type TlsVersion = (typeof tlsVersions)[number]

// IHS: SSLV2 SSLV3 TLSV1 TLSV1.1 TLSV1.2 TLSV13 TLSV1.3 (%{SSL_PROTOCOL_VERSION}e); mod_ssl and nginx: SSLv2 SSLv3 TLSv1
// TLSv1.1 TLSv1.2 TLSv1.3.
const pattern = /^(?:SSL[ V]{0,2}([23])(?:\.0)?|TLS[ V]{0,2}1(?:[._]?([0-3]))?)$/i
const maxLength = 9

/**
 * Undefined when the text is not a version.
 * @example parseTlsVersion('TLSV1') // 'TLS 1.0'
 */
export function parseTlsVersion(text: string): TlsVersion | undefined {
  if (text.length > maxLength || text.length < 4) return undefined
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, ssl, minor = '0'] = match
  return ssl === undefined ? tlsVersions[2 + Number(minor)] : tlsVersions[Number(ssl) - 2]
}

/** Less than TLS 1.2: RFC 8996 forbids them all. */
export function isOldVersion(version: TlsVersion): boolean {
  return tlsVersions.indexOf(version) < 4
}
