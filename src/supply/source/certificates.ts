// The certificates that source servers may show, and advice for those that are not trusted.
import { X509Certificate } from 'node:crypto'
import { readRegularFile } from '../../disk/regular-file.ts'
import { SourceError } from './source.ts'

const maxBytes = 4 * 1024 * 1024

/** The oldest TLS version; RFC 9325 section 3.1.1 forbids older ones. */
export const minVersion = 'TLSv1.2'

/**
 * The certificates of a PEM file, each as PEM.
 * @throws SourceError
 */
export function loadAuthorities(file: string): string[] {
  let text: string
  try {
    text = readRegularFile(file, maxBytes).bytes.toString('latin1')
  } catch (error) {
    throw new SourceError('source', `ca cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (found.length === 0) {
    throw new SourceError(
      'source',
      `ca: ${file} holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----`,
    )
  }
  for (const [at, pem] of found.entries()) {
    try {
      new X509Certificate(pem)
    } catch (error) {
      const message = `ca: certificate ${at + 1} in ${file} is damaged; export it again`
      throw new SourceError('source', message, { cause: error })
    }
  }
  return found
}

const unknownAuthority = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What is wrong with the server's TLS, worded to follow its URL; undefined when the error is of another kind. */
export function tlsErrorText(error: unknown, caFile: string | undefined): string | undefined {
  const { code, cert } = error as { code?: unknown; cert?: { subjectaltname?: string } }
  if (typeof code !== 'string') return undefined
  if (unknownAuthority.has(code)) {
    return caFile === undefined
      ? `has a certificate from an unknown authority; set ca to a PEM file with that authority's certificate (${code})`
      : `has a certificate from an authority that is not in ${caFile}; add that authority's certificate to this file, which ca names (${code})`
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = cert?.subjectaltname ?? 'none'
    return `has a certificate for other names (${names.slice(0, 200)}); write one of those names in the URL`
  }
  if (code === 'CERT_HAS_EXPIRED')
    return 'has a certificate that has expired; renew it on the server'
  if (code === 'CERT_NOT_YET_VALID') {
    return "has a certificate that is not valid yet; check both machines' clocks"
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return `does not speak TLS 1.2 or newer on that port; check scheme and port (${code})`
  }
  return undefined
}
