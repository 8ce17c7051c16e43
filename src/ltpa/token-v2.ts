// LtpaToken2: AES-CBC around `body%expiry%signature`. deploy/docs/ltpa.md section 3.
import { hash, timingSafeEqual } from 'node:crypto'
import type { TokenParts } from './attributes.ts'
import { splitToken } from './attributes.ts'
import { decipherBlocks } from './decipher.ts'
import type { LtpaKeys } from './key-file.ts'
import { noSignature, paddedDigest, recoverSignedBlock, usableSignature } from './signature.ts'

const blockBytes = 16
const kinds = {
  '1.0': { cipher: 'aes-128-cbc', keyBytes: 16, digest: 'sha1' },
  '2.0': { cipher: 'aes-256-cbc', keyBytes: 32, digest: 'sha512' },
} as const

/**
 * The parts of a token that these keys vouch for; undefined for any other token. The caller cannot tell whether it did
 * not decrypt, did not split or did not verify, as each would tell an attacker about the key. So every token takes all
 * steps, with a stand-in for a missing signature (deploy/docs/ltpa.md section 6.1).
 */
export function verifyTokenV2(bytes: Buffer, keys: LtpaKeys): TokenParts | undefined {
  if (bytes.length === 0 || bytes.length % blockBytes !== 0) return undefined
  const { cipher, keyBytes, digest } = kinds[keys.version]
  const { plain, isPadded } = decipherBlocks(cipher, {
    key: keys.secret.subarray(0, keyBytes),
    iv: keys.secret.subarray(0, blockBytes),
    data: bytes,
    blockBytes,
  })
  const { length } = keys.modulus
  const parts = splitToken(plain, length)
  const signature = usableSignature(parts.signature, keys)
  // LTPA signs the digest in place of the body, so it is digested twice.
  const message = hash(digest, parts.body, 'buffer')
  const expected = paddedDigest(message, digest, length)
  const opened = recoverSignedBlock(signature ?? noSignature(keys), keys)
  const isSigned = timingSafeEqual(opened, expected)
  return isSigned && isPadded && parts.isMarked && signature !== undefined ? parts : undefined
}
