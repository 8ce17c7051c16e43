// An `ltpa.keys` file and its password to the keys of a verifier: the shared secret and the RSA public key. Never unwraps
// a private key, and keeps no password. Formats: deploy/docs/ltpa.md section 2.
import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey } from 'node:crypto'
import { printable } from '../text/printable.ts'
import { findDamage } from './key-file-damage.ts'
import type { KeyFileVersion } from './key-wrap.ts'
import { unwrap } from './key-wrap.ts'
import type { PasswordEncoding } from './password.ts'
import { encodePassword } from './password.ts'
import { parseProperties } from './properties.ts'

/** What a key file says without its password. None of it is secret. */
export interface KeyFileFacts {
  readonly version: KeyFileVersion
  readonly realm: string | undefined
  /** As the file has it; undefined when it does not say. */
  readonly created: string | undefined
  /** First 8 hex digits of the SHA-256 of the public key's bytes: names the key in logs. */
  readonly keyId: string
  readonly rsaBits: number
  readonly hasPrivateKey: boolean
}

export interface LtpaKeys extends KeyFileFacts {
  /** 24 bytes (1.0) or 32 (2.0). */
  readonly secret: Buffer
  readonly publicKey: KeyObject
  /** Big-endian, as long as a signature. */
  readonly modulus: Buffer
  /** The encoding of the password that opened the file; undefined for ASCII, which has only one. */
  readonly passwordCharset: string | undefined
}

/** Why a key file cannot be used, worded to follow its name. Holds nothing secret. */
export class KeyFileError extends Error {}

/**
 * Names that files have in place of a realm. Liberty writes the first before its registry is up, and then issues tokens
 * of another realm; the second is Java's text for none.
 */
export const placeholderRealms: readonly string[] = ['defaultRealm', 'null']

const prefix = 'com.ibm.websphere.ltpa.'
const wrappedBytes = { '1.0': 32, '2.0': 48 } as const
const secretBytes = { '1.0': 24, '2.0': 32 } as const
const base64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Needs no password.
 * @param text the file, read as ISO-8859-1.
 * @throws KeyFileError for another file, a damaged one, or an unsupported version.
 */
export function parseKeyFileFacts(text: string): KeyFileFacts {
  const { version, properties, publicBytes, rsaBits } = read(text)
  return {
    version,
    realm: realmOf(properties),
    created: properties.get('com.ibm.websphere.CreationDate'),
    keyId: createHash('sha256').update(publicBytes).digest('hex').slice(0, 8),
    rsaBits,
    hasPrivateKey: properties.has(`${prefix}PrivateKey`),
  }
}

/**
 * Unwraps the shared secret and builds the public key.
 * @param text the file, read as ISO-8859-1.
 * @param password as UTF-8, or its encodings, tried in order.
 * @throws KeyFileError, also for a wrong password.
 */
export function parseKeyFile(
  text: string,
  password: string | readonly PasswordEncoding[],
): LtpaKeys {
  const { version, wrapped, publicBytes } = read(text)
  const encodings = typeof password === 'string' ? encodePassword(password) : password
  for (const { bytes, charset } of encodings) {
    const secret = unwrap(version, wrapped, bytes)
    if (secret?.length !== secretBytes[version]) continue
    const n = publicBytes.subarray(0, -3)
    const modulus = n.subarray(n.findIndex(byte => byte !== 0))
    return {
      ...parseKeyFileFacts(text),
      ...{ secret, modulus, publicKey: buildPublicKey(publicBytes, modulus) },
      passwordCharset: encodings.length === 1 ? undefined : charset,
    }
  }
  const tried =
    encodings.length === 1 ? '' : `, read as ${encodings.map(({ charset }) => charset).join(', ')}`
  throw new KeyFileError(
    `does not open with this password${tried}; give the one it was exported with`,
  )
}

// An allow-list: any other line could hold the private key, in a comment or under a name that somebody made up.
const verifierNames = [
  'com.ibm.websphere.CreationDate',
  'com.ibm.websphere.CreationHost',
  ...['version', '3DESKey', 'SharedKey', 'PublicKey', 'Realm'].map(name => prefix + name),
]

/**
 * The key file without its private key: it verifies tokens, and cannot issue any with any password.
 * @throws KeyFileError as parseKeyFileFacts does.
 */
export function formatVerifyOnly(text: string): string {
  const { properties } = read(text)
  const lines = verifierNames.flatMap(name => {
    const value = properties.get(name)
    return value === undefined ? [] : [`${name}=${escapeValue(value)}\n`]
  })
  return `# Good for verifying tokens, not for issuing any.\n${lines.join('')}`
}

/**
 * As java.util.Properties stores a value: printable ASCII, and `\uXXXX` for everything else.
 * @example escapeValue('a=ü') // 'a\\=\\u00fc'
 */
export function escapeValue(value: string): string {
  return value
    .replace(/[\\=:#!]/g, '\\$&')
    .replace(/^ /, '\\ ')
    .replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function read(text: string) {
  const damage = findDamage(text, prefix)
  if (damage !== undefined) throw new KeyFileError(damage)
  const properties = parseProperties(text)
  const stated = properties.get(`${prefix}version`)
  const hasShared = properties.has(`${prefix}SharedKey`)
  const version: KeyFileVersion = stated === '2.0' || hasShared ? '2.0' : '1.0'
  if (stated !== undefined && stated !== '1.0' && stated !== '2.0') {
    throw new KeyFileError(
      `is of version ${printable(stated.slice(0, 20))}; only 1.0 and 2.0 are known`,
    )
  }
  // Betas of Liberty wrote the shared key of 2.0 under its old name.
  const wrapped = decode(properties, hasShared ? 'SharedKey' : '3DESKey')
  if (wrapped.length === 52) {
    throw new KeyFileError(
      'is wrapped with AES-GCM, which is not supported; export the keys with a password',
    )
  }
  if (wrapped.length !== wrappedBytes[version]) {
    throw new KeyFileError(
      `has a shared key of ${wrapped.length} bytes in place of ${wrappedBytes[version]}; is the file cut off?`,
    )
  }
  const publicBytes = decode(properties, 'PublicKey')
  return { version, properties, wrapped, publicBytes, rsaBits: bitsOf(publicBytes) }
}

// An editor leaves blanks at its ends. Realms compare exactly, so they would refuse every token.
function realmOf(properties: ReadonlyMap<string, string>): string | undefined {
  const realm = properties.get(`${prefix}Realm`)?.trim()
  return realm === '' ? undefined : realm
}

function decode(properties: ReadonlyMap<string, string>, name: string): Buffer {
  const text = properties.get(prefix + name)?.trim()
  if (text === undefined) {
    const isOne = [...properties.keys()].some(other => other.startsWith(prefix))
    const what = isOne ? 'the file is cut off; copy it anew' : 'is it an ltpa.keys file?'
    throw new KeyFileError(`has no ${prefix}${name}; ${what}`)
  }
  if (!base64.test(text)) throw new KeyFileError(`has a ${prefix}${name} that is not base64`)
  return Buffer.from(text, 'base64')
}

function bitsOf(publicBytes: Buffer): number {
  const modulus = publicBytes.subarray(0, -3).toString('hex').replace(/^0+/, '')
  const bits = modulus === '' ? 0 : BigInt(`0x${modulus}`).toString(2).length
  const isOdd = ((publicBytes.at(-4) ?? 0) & 1) === 1
  if (
    publicBytes.length < 4 ||
    bits < 1024 ||
    bits > 4096 ||
    !isOdd ||
    publicBytes.readUIntBE(publicBytes.length - 3, 3) !== 65_537
  ) {
    throw new KeyFileError(
      'has a public key that is not an RSA key of 1024 to 4096 bits; is the file cut off?',
    )
  }
  return bits
}

function buildPublicKey(publicBytes: Buffer, modulus: Buffer): KeyObject {
  const e = publicBytes.subarray(-3).toString('base64url')
  return createPublicKey({
    key: { kty: 'RSA', n: modulus.toString('base64url'), e },
    format: 'jwk',
  })
}
