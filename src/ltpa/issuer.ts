// Issues LtpaToken2 tokens for trials (deploy/docs/ltpa.md section 3). Nothing that serves requests may load this file.
import { constants, createCipheriv, hash, privateEncrypt } from 'node:crypto'
import { paddedDigest } from './signature.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface TokenRequest {
  /** The unique id within the realm of the keys. */
  readonly user: string
  readonly expiresMs: number
}

export function issueToken({ keys, realm, privateKey }: SigningKeys, wish: TokenRequest): string {
  const { user, expiresMs } = wish
  const isFips = keys.version === '2.0'
  const digest = isFips ? 'sha512' : 'sha1'
  const id = `user:${realm}/${user}`.replace(/[%$:|\\]/g, '\\$&')
  const body = `expire:${expiresMs}$u:${id}`
  // LTPA signs the digest in place of the body, so it is digested twice.
  const block = paddedDigest(hash(digest, Buffer.from(body), 'buffer'), digest, keys.modulus.length)
  const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block)
  const [cipher, length] = isFips ? ['aes-256-cbc', 32] : ['aes-128-cbc', 16]
  const cipherer = createCipheriv(
    cipher,
    keys.secret.subarray(0, length),
    keys.secret.subarray(0, 16),
  )
  const plain = `${body}%${expiresMs}%${signature.toString('base64')}`
  return Buffer.concat([cipherer.update(plain), cipherer.final()]).toString('base64')
}
