// Which cipher suites a listener offers: from the names in the configuration to OpenSSL's list. Suites only, none of the words
// of OpenSSL's language: what such a word stands for nobody sees, and a misspelt one is skipped without a word.
import { getCiphers } from 'node:tls'
import { findNearest } from '../../text/nearest.ts'
import { allCipherNames, findCipher } from './cipher-suites.ts'
import type { MinTlsVersion } from './settings.ts'

// "Intermediate" of Mozilla's server-side TLS guidelines without DHE, and AES-GCM with RSA: Notes 9 takes
// TLS_RSA_WITH_AES_128_GCM_SHA256.
const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const tls12 = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
]
// TLS 1.0 and 1.1 have no others that are not broken.
const older = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
]
const example = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'

export interface CipherChoice {
  /** For `tls.createSecureContext`. */
  readonly list: string
  /** Of IANA. */
  readonly names: readonly string[]
  /** Worded to follow the key `ciphers`. */
  readonly warnings: readonly string[]
}

export interface CipherNeeds {
  readonly minVersion: MinTlsVersion
  /** Of the certificates, as of KeyObject. */
  readonly keyTypes: readonly string[]
}

/** A list that cannot be used. The message follows the key `ciphers`. */
export class CipherError extends Error {}

/** @throws CipherError */
export function chooseCiphers(
  texts: readonly string[] | undefined,
  { minVersion, keyTypes }: CipherNeeds,
): CipherChoice {
  const isOlder = minVersion === 'TLSv1' || minVersion === 'TLSv1.1'
  const named = texts?.flatMap(splitNames).map(nameOf)
  if (named?.length === 0)
    throw new CipherError(`names no cipher suite; write ${example}, or leave it out`)
  const own = named ?? [...tls13, ...tls12, ...(isOlder ? older : [])]
  const names = own.some(isOfTls13) ? own : [...tls13, ...own]
  const below = names.filter(name => !isOfTls13(name))
  if (below.length === 0 && minVersion !== 'TLSv1.3') {
    throw new CipherError(
      `has suites of TLS 1.3 alone, and none for ${minVersion}; add ${example}, or write minVersion: TLSv1.3`,
    )
  }
  const unusable = named === undefined ? [] : below.filter(name => !fits(name, keyTypes))
  return {
    // OpenSSL 3 signs the handshakes of TLS 1.0 and 1.1 at level 0 only.
    list: [...names.map(opensslNameOf), ...(isOlder ? ['@SECLEVEL=0'] : [])].join(':'),
    names,
    warnings: [
      ...unusable.map(
        name =>
          `has ${name}, which needs a certificate with an ${name.includes('ECDSA') ? 'EC' : 'RSA'} key: it is never used`,
      ),
      ...(minVersion === 'TLSv1.3' && named !== undefined && below.length > 0
        ? [`has suites below TLS 1.3 (${below[0]}), which minVersion keeps from being used`]
        : []),
      ...(isOlder && !below.some(name => name.endsWith('_CBC_SHA'))
        ? [`has no suite that TLS 1.0 or 1.1 knows, so minVersion has no effect; add ${older[1]}`]
        : []),
    ],
  }
}

function splitNames(text: string): string[] {
  return text.split(/[\s:,]+/).filter(part => part !== '')
}

function isOfTls13(name: string): boolean {
  return !name.includes('_WITH_')
}

function fits(name: string, keyTypes: readonly string[]): boolean {
  if (keyTypes.length === 0) return true
  return name.includes('_ECDSA_') ? keyTypes.some(type => type !== 'rsa') : keyTypes.includes('rsa')
}

const available = new Set(getCiphers().map(name => name.toUpperCase()))
// OpenSSL's words, for a message that helps.
const words =
  /^[!+@-]|^(?:ALL|DEFAULT|HIGH|MEDIUM|LOW|COMPLEMENTOF\w+|k?(?:EECDH|ECDHE|EDH|DHE|RSA)|AES\w*|CHACHA20|SSLv3|TLSv1[.\d]*|[ae]NULL)(?:\+|$)/i

function nameOf(text: string): string {
  const suite = findCipher(text)
  if (suite === undefined) {
    if (words.test(text)) {
      throw new CipherError(
        `"${text}" is a word of OpenSSL's language; name the suites that you want, as openssl ciphers -s -stdname '${text}' lists them`,
      )
    }
    const nearest = findNearest(text.toUpperCase(), allCipherNames)
    throw new CipherError(
      `"${text}" is not a cipher suite; ${nearest === undefined ? `write ${example}` : `did you mean ${nearest}?`}`,
    )
  }
  const { name, opensslName } = suite
  if (/_anon_|_NULL_/.test(name)) {
    throw new CipherError(
      `"${text}" protects nothing: everybody on the way can read it or answer in the gate's place; take it out`,
    )
  }
  // The gate has no parameters for DHE, which is slow and no safer than ECDHE.
  if (
    opensslName === undefined ||
    /_DHE_|_DSS_/.test(name) ||
    !available.has(opensslName.toUpperCase())
  ) {
    throw new CipherError(
      `"${text}" is a cipher suite that is not spoken here; take it out, or write one with ECDHE, like ${example}`,
    )
  }
  return name
}

function opensslNameOf(name: string): string {
  return findCipher(name)?.opensslName as string
}
