// New key files, as WebSphere and Liberty write them, and the private keys of such files only. `keys new` marks its files
// with a comment that only their private key can compute. No copied line gives the mark to a company's file, so nobody
// issues a company's tokens with this program. deploy/docs/ltpa.md section 7.
import type { KeyObject } from 'node:crypto'
import {
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { LtpaKeys } from './key-file.ts'
import { escapeValue, KeyFileError, parseKeyFile } from './key-file.ts'
import type { KeyFileVersion } from './key-wrap.ts'
import { unwrap, wrap } from './key-wrap.ts'
import type { PasswordEncoding } from './password.ts'
import { encodePassword } from './password.ts'
import { parseProperties } from './properties.ts'

export interface SigningKeys {
  readonly keys: LtpaKeys
  readonly realm: string
  readonly privateKey: KeyObject
}

export interface NewKeys {
  readonly realm: string
  readonly password: string
  readonly version: KeyFileVersion
  readonly nowMs: number
}

const purpose = 'photogate keys new'
const markPattern = /^#Made by photogate keys new: ([0-9a-f]{64})$/m
const sizes = { '1.0': { bits: 1024, secret: 24 }, '2.0': { bits: 2048, secret: 32 } } as const

/** The text of a key file with fresh keys: ASCII, for every product that imports LTPA keys. */
export function formatNewKeys({ realm, password, version, nowMs }: NewKeys): string {
  const { bits, secret } = sizes[version]
  const pair = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: 65_537 })
  const jwk = pair.privateKey.export({ format: 'jwk' })
  const part = (name: 'n' | 'e' | 'd' | 'p' | 'q') =>
    integer(Buffer.from(jwk[name] as string, 'base64url'))
  const [e, d] = [part('e'), part('d')]
  const length = Buffer.alloc(4)
  length.writeUInt32BE(d.length)
  const privateBytes = Buffer.concat([length, d, e, part('p'), part('q')])
  const publicBytes = Buffer.concat([part('n'), e])
  const wrapped = (plain: Buffer) => wrap(version, plain, Buffer.from(password)).toString('base64')
  const line = (name: string, value: string) => `com.ibm.websphere.${name}=${escapeValue(value)}\n`
  const created = javaDate(nowMs)
  return [
    `#${created}\n`,
    `#Made by ${purpose}: ${markOf(privateBytes, publicBytes).toString('hex')}\n`,
    line('ltpa.version', version),
    line(version === '1.0' ? 'ltpa.3DESKey' : 'ltpa.SharedKey', wrapped(randomBytes(secret))),
    line('ltpa.PrivateKey', wrapped(privateBytes)),
    line('CreationHost', 'localhost'),
    line('ltpa.Realm', realm),
    line('ltpa.PublicKey', publicBytes.toString('base64')),
    line('CreationDate', created),
  ].join('')
}

/**
 * @throws KeyFileError as parseKeyFile does, and for a file without a private key or without the mark of `keys new`.
 */
export function parseSigningKeys(
  text: string,
  password: string | readonly PasswordEncoding[],
): SigningKeys {
  const keys = parseKeyFile(text, password)
  const properties = parseProperties(text)
  const wrapped = properties.get('com.ibm.websphere.ltpa.PrivateKey')
  if (wrapped === undefined) {
    throw new KeyFileError(
      'has no private key: it is good for verifying tokens, not for making any',
    )
  }
  const encodings = typeof password === 'string' ? encodePassword(password) : password
  const privateBytes = encodings
    .map(({ bytes }) => unwrap(keys.version, Buffer.from(wrapped, 'base64'), bytes))
    .find(bytes => bytes !== undefined)
  // parseKeyFile has found it there.
  const publicText = properties.get('com.ibm.websphere.ltpa.PublicKey') as string
  const publicBytes = Buffer.from(publicText, 'base64')
  const mark = Buffer.from(markPattern.exec(text)?.[1] ?? '', 'hex')
  const isOurs =
    privateBytes !== undefined &&
    mark.length === 32 &&
    timingSafeEqual(mark, markOf(privateBytes, publicBytes))
  if (!isOurs || keys.realm === undefined) {
    throw new KeyFileError(
      'was not made by photogate keys new: tokens of other keys are for their own servers to issue',
    )
  }
  return { keys, realm: keys.realm, privateKey: buildPrivateKey(privateBytes, keys) }
}

function markOf(privateBytes: Buffer, publicBytes: Buffer): Buffer {
  const key = createHash('sha256').update(purpose).update(privateBytes).digest()
  return createHmac('sha256', key).update(publicBytes).digest()
}

// Length and d, e, then p and q, as formatNewKeys writes them.
function buildPrivateKey(bytes: Buffer, { modulus }: LtpaKeys): KeyObject {
  const length = bytes.readUInt32BE(0)
  const primes = bytes.subarray(4 + length + 3)
  const half = primes.length / 2
  const big = (part: Buffer) => BigInt(`0x${part.toString('hex')}`)
  const [d, p, q] = [bytes.subarray(4, 4 + length), primes.subarray(0, half), primes.subarray(half)]
  const size = modulus.length
  const text = (value: bigint, length: number) =>
    Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex').toString('base64url')
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: modulus.toString('base64url'),
      e: 'AQAB',
      d: text(big(d), size),
      p: text(big(p), size / 2),
      q: text(big(q), size / 2),
      dp: text(big(d) % (big(p) - 1n), size / 2),
      dq: text(big(d) % (big(q) - 1n), size / 2),
      qi: text(inverse(big(q), big(p)), size / 2),
    },
  })
}

// Extended Euclid. p is a prime and q is not a multiple of it, so there is an inverse.
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (a > 1n) {
    const quotient = a / b
    ;[a, b] = [b, a % b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}

// As java.math.BigInteger writes a positive number: big-endian, with a zero byte before a high bit.
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex(byte => byte !== 0)
  const value = bytes.subarray(first)
  return (value[0] as number) < 0x80 ? value : Buffer.concat([Buffer.from([0]), value])
}

// As java.util.Date writes it: Fri Nov 27 09:38:15 UTC 2026.
function javaDate(nowMs: number): string {
  const [day, date, month, year, time] = new Date(nowMs).toUTCString().split(/,? /)
  return `${day} ${month} ${date} ${time} UTC ${year}`
}
