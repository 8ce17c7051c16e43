// LtpaToken2: AES-CBC around `body%expiry%signature`; ltpa.md section 2, Open Liberty's LTPAToken2.
import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto'
import type { TokenParts } from './attributes.ts'
import { splitToken } from './attributes.ts'
import type { LtpaKeys } from './key-file.ts'
import { openSignature, paddedDigest } from './signature.ts'
import { decodeBase64 } from './token.ts'

const kinds = {
  '1.0': { cipher: 'aes-128-cbc', keyBytes: 16, digest: 'sha1' },
  '2.0': { cipher: 'aes-256-cbc', keyBytes: 32, digest: 'sha512' },
} as const

/**
 * The parts of a token that these keys vouch for, else undefined: whether it would not decrypt, not
 * split or not verify is nobody's business, for each of them tells an attacker about the key.
 */
export function openTokenV2(bytes: Buffer, keys: LtpaKeys): TokenParts | undefined {
  if (bytes.length === 0 || bytes.length % 16 !== 0) return undefined
  const { cipher, keyBytes, digest } = kinds[keys.version]
  let plain: Buffer
  try {
    const decipher = createDecipheriv(
      cipher,
      keys.secret.subarray(0, keyBytes),
      keys.secret.subarray(0, 16),
    )
    plain = Buffer.concat([decipher.update(bytes), decipher.final()])
  } catch {
    return undefined
  }
  const parts = splitToken(plain)
  const signed = parts && decodeBase64(parts.signature)
  const opened = signed && openSignature(signed, keys)
  if (parts === undefined || opened === undefined) return undefined
  // The digest is signed in place of the body, and so digested twice.
  const expected = paddedDigest(hash(digest, parts.body, 'buffer'), digest, opened.length)
  return timingSafeEqual(opened, expected) ? parts : undefined
}
