// Which cipher suites a listener offers: from the names in the configuration to OpenSSL's list.
import { createSecureContext, getCiphers } from 'node:tls'
import { findNearest } from '../../text/nearest.ts'
import { findCipher } from './cipher-suites.ts'
import type { MinTlsVersion } from './settings.ts'

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

// "Intermediate" of Mozilla's server-side TLS guidelines without DHE, and AES-GCM with RSA: Notes 9 takes
// TLS_RSA_WITH_AES_128_GCM_SHA256.
const tls12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
]

// TLS 1.0 and 1.1 have no others that are not broken.
const older = [
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-SHA',
  'AES256-SHA',
]

// OpenSSL 3 signs the handshakes of TLS 1.0 and 1.1 at level 0 only.
const olderLevel = '@SECLEVEL=0'

export interface CipherChoice {
  /** For `tls.createSecureContext`. */
  readonly list: string
  /** For people, of IANA where the configuration names suites. */
  readonly names: readonly string[]
}

/** A list that cannot be used. The message follows the key `ciphers`. */
export class CipherError extends Error {}

/** @throws CipherError */
export function chooseCiphers(
  texts: readonly string[] | undefined,
  minVersion: MinTlsVersion,
): CipherChoice {
  const isOlder = minVersion === 'TLSv1' || minVersion === 'TLSv1.1'
  const named =
    texts === undefined
      ? [...tls13, ...tls12, ...(isOlder ? older : [])]
      : texts.flatMap(text =>
          text
            .split(/[\s:,]+/)
            .filter(part => part !== '')
            .map(opensslNameOf),
        )
  if (named.length === 0)
    throw new CipherError('names no cipher suite; leave it out for the usual ones')
  const names = named.some(isOfTls13) ? named : [...tls13, ...named]
  const hasLevel = names.some(name => name.startsWith('@SECLEVEL'))
  const list = [...names, ...(isOlder && !hasLevel ? [olderLevel] : [])].join(':')
  mustHaveSuites(list, minVersion)
  return {
    list,
    names: names.map(name => findCipher(name)?.name ?? name),
  }
}

function mustHaveSuites(ciphers: string, minVersion: MinTlsVersion): void {
  try {
    createSecureContext({ ciphers, minVersion })
  } catch (error) {
    const message =
      'names no cipher suite that OpenSSL has; write TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, or leave it out'
    throw new CipherError(message, { cause: error })
  }
}

function isOfTls13(name: string): boolean {
  return name.startsWith('TLS_')
}

const available = new Set(getCiphers().map(name => name.toUpperCase()))

// OpenSSL skips a name that it does not know without a word.
function opensslNameOf(text: string): string {
  const suite = findCipher(text)
  const name = suite?.opensslName ?? text
  if (suite === undefined && !looksLikeSuite(text)) return text
  if (suite !== undefined && available.has(name.toUpperCase())) return name
  if (suite !== undefined) {
    throw new CipherError(
      `"${text}" is a cipher suite that this Node.js does not have; take it out`,
    )
  }
  const nearest = findNearest(text.toUpperCase(), [...available])
  throw new CipherError(
    `"${text}" is not a cipher suite; ${nearest === undefined ? 'write TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' : `did you mean ${nearest}?`}`,
  )
}

// Others are words of OpenSSL's language, such as HIGH, !aNULL or @STRENGTH.
function looksLikeSuite(text: string): boolean {
  return /^(?:TLS_|[A-Z\d]+-)/i.test(text)
}
