// A certificate with its key from files, PEM or PFX, checked before any client sees it: the key fits, the chain is in
// order, it has names, and days left. No message quotes a key or a password.

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { TlsCertificate } from './settings.ts'

/** What is wrong with a certificate, worded to follow the key that names the file. */
export class CertificateError extends Error {}

export interface KeyPair {
  readonly chain: readonly X509Certificate[]
  readonly key: KeyObject
}

export interface CheckedCertificate {
  readonly certificate: TlsCertificate
  /** What is risky, worded to follow the key that names the file. */
  readonly warnings: readonly string[]
}

const pemBlock =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g
export const dayMs = 86_400_000
/** From here on, warnings say how many days are left. */
export const soonDays = 21

/** All certificates of a PEM text, in its order. @throws CertificateError */
export function parseCertificates(text: string): X509Certificate[] {
  const blocks = text.match(pemBlock) ?? []
  const begun = text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g)?.length ?? 0
  if (blocks.length > 0 && begun > blocks.length) {
    throw new CertificateError(
      `is damaged: ${begun} certificates begin in it, and ${blocks.length} end; copy the file anew`,
    )
  }
  if (blocks.length === 0) {
    const der = /^0\x82/.test(text)
      ? ', and looks like DER; convert it with openssl x509 -inform der'
      : ''
    throw new CertificateError(
      `holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)${der}`,
    )
  }
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      const message = `is damaged: certificate ${at + 1} of ${blocks.length} cannot be read; copy the file anew`
      throw new CertificateError(message, { cause: error })
    }
  })
}

/** @throws CertificateError worded to follow the key `key` */
export function parsePrivateKey(text: string, password: string | undefined): KeyObject {
  if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(text)) {
    throw new CertificateError('holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)')
  }
  const isEncrypted = /-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)
  if (isEncrypted && password === undefined) {
    throw new CertificateError('is encrypted; name a file with its password with passwordFile')
  }
  try {
    return createPrivateKey({
      key: text,
      ...(password === undefined ? {} : { passphrase: password }),
    })
  } catch (error) {
    const message = isEncrypted ? 'is not opened by its password' : 'is damaged; copy the file anew'
    throw new CertificateError(message, { cause: error })
  }
}

/** @throws CertificateError when the key does not fit or the chain is out of order. */
export function checkKeyPair(
  { chain, key }: KeyPair,
  { file, nowMs }: { readonly file: string; readonly nowMs: number },
): CheckedCertificate {
  const [leaf, ...others] = chain as [X509Certificate, ...X509Certificate[]]
  if (!leaf.checkPrivateKey(key)) throw new CertificateError(whyNoFit(chain, key))
  checkOrder(chain)
  const { names, hasAltNames } = namesOf(leaf)
  const expiresMs = Date.parse(leaf.validTo)
  const keyType = leaf.publicKey.asymmetricKeyType ?? ''
  const warnings = [
    ...dateWarnings(leaf, nowMs),
    ...others.flatMap(other =>
      Date.parse(other.validTo) <= nowMs
        ? [`has an intermediate that has expired: ${nameOf(other)}`]
        : [],
    ),
    ...(hasAltNames
      ? []
      : [
          'has no subject alternative name, and browsers and Java trust no certificate without one; have it issued anew',
        ]),
  ]
  return {
    certificate: {
      chain: chain.map(one => one.toString()).join(''),
      key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
      ...{ names, keyType, expiresMs, file },
    },
    warnings,
  }
}

function whyNoFit(chain: readonly X509Certificate[], key: KeyObject): string {
  const at = chain.findIndex(other => other.checkPrivateKey(key))
  return at > 0
    ? `has the certificate of the key as number ${at + 1}; put it first and its intermediates behind it`
    : 'does not fit the key: they are not of one pair'
}

// Clients that build no chain by themselves, such as old Java, take it as it is sent.
function checkOrder(chain: readonly X509Certificate[]): void {
  for (const [at, certificate] of chain.slice(1).entries()) {
    const below = chain[at] as X509Certificate
    if (below.checkIssued(certificate)) continue
    const message = `is out of order: certificate ${at + 2} (${nameOf(certificate)}) has not issued certificate ${at + 1} (${nameOf(below)}); write the server's first, and behind each the one that has issued it`
    throw new CertificateError(message)
  }
}

function dateWarnings({ validFrom, validTo }: X509Certificate, nowMs: number): string[] {
  const days = Math.floor((Date.parse(validTo) - nowMs) / dayMs)
  if (Date.parse(validFrom) > nowMs)
    return [`is not valid before ${validFrom}: clients refuse it until then`]
  if (days < 0) return [`has expired on ${validTo}: clients refuse it`]
  return days < soonDays ? [`expires in ${days} days, on ${validTo}`] : []
}

function namesOf(leaf: X509Certificate): { names: string[]; hasAltNames: boolean } {
  const names = [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^\s,"]+)/g)].map(
    ([, name = '']) => name,
  )
  const hasAltNames = leaf.subjectAltName !== undefined
  const common = /(?:^|\n)CN=([^\n]+)/.exec(leaf.subject)?.[1]
  const all = hasAltNames || common === undefined ? names : [common]
  return { names: [...new Set(all.map(name => name.toLowerCase()))], hasAltNames }
}

/** The common name, or else the whole subject in one line. */
export function nameOf({ subject }: X509Certificate): string {
  return shortOf(subject)
}

/** The same of its issuer. */
export function issuerOf({ issuer }: X509Certificate): string {
  return shortOf(issuer)
}

function shortOf(name: string | undefined): string {
  return /(?:^|\n)CN=([^\n]+)/.exec(name ?? '')?.[1] ?? (name ?? '').replaceAll('\n', ', ')
}

/** Names that two certificates have. Keys of different types are right: each client gets the one that it understands. */
export function findDoubles(certificates: readonly TlsCertificate[]): string[] {
  const seen = new Map<string, string>()
  const doubles: string[] = []
  for (const { names, keyType, file } of certificates) {
    for (const name of names) {
      const other = seen.get(`${keyType} ${name}`)
      if (other === undefined) seen.set(`${keyType} ${name}`, file)
      else doubles.push(`has two certificates for ${name}: ${other} is used, and ${file} is not`)
    }
  }
  return doubles
}
