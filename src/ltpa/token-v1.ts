// LtpaToken, version 1: 3DES-ECB around `body%expiry%signature`, with an ISO 9796-1 signature of the body alone
// (deploy/docs/ltpa.md section 4). The expiry is not signed, and blocks of two tokens can be swapped: the token proves
// that this user once signed in with these keys, and not that the sign-in still holds.
import { hash, timingSafeEqual } from 'node:crypto'
import type { TokenParts } from './attributes.ts'
import { splitToken } from './attributes.ts'
import { decipherBlocks } from './decipher.ts'
import type { LtpaKeys } from './key-file.ts'
import { noSignature, recoverSignedBlock, usableSignature } from './signature.ts'

const blockBytes = 8

/** As verifyTokenV2. Keys of version 2.0 vouch for no token of version 1. */
export function verifyTokenV1(bytes: Buffer, keys: LtpaKeys): TokenParts | undefined {
  if (keys.version !== '1.0' || bytes.length === 0 || bytes.length % blockBytes !== 0) {
    return undefined
  }
  const { secret: key, modulus } = keys
  const { plain, isPadded } = decipherBlocks('des-ede3', { key, iv: null, data: bytes, blockBytes })
  const parts = splitToken(plain, modulus.length)
  const signature = usableSignature(parts.signature, keys)
  const digest = hash('sha1', parts.body, 'buffer')
  const expected = redundantBlock(digest, modulus.length)
  const opened = recoverSignedBlock(signature ?? noSignature(keys), keys)
  // The signer took the smaller of s and n - s. The right block ends in the nibble 6.
  const block =
    ((opened[opened.length - 1] as number) & 0x0f) === 6 ? opened : subtract(modulus, opened)
  const isSigned = timingSafeEqual(block, expected)
  const isWhole = isPadded && signature !== undefined && parts.outerExpiryMs !== undefined
  return isSigned && isWhole ? parts : undefined
}

// ISO 9796-1's permutation of nibbles.
const shadows = [0xe, 0x3, 0x5, 0x8, 0x9, 0x4, 0x2, 0xf, 0x0, 0xd, 0xb, 0x6, 0x7, 0xa, 0xc, 0x1]

// The digest, repeated over the block from the right, each byte preceded by its shadow. Then three marks: where the
// digest ends, where the block begins, and that it is a signed block.
function redundantBlock(digest: Buffer, length: number): Buffer {
  const block = Buffer.alloc(length)
  for (let at = 0; at < length / 2; at++) {
    const byte = digest[digest.length - 1 - (at % digest.length)] as number
    block[length - 1 - 2 * at] = byte
    block[length - 2 - 2 * at] =
      ((shadows[byte >> 4] as number) << 4) | (shadows[byte & 15] as number)
  }
  const mark = length - 2 * digest.length
  block[mark] = (block[mark] as number) ^ 1
  block[0] = ((block[0] as number) & 0x7f) | 0x40
  block[length - 1] = (((block[length - 1] as number) & 0x0f) << 4) | 6
  return block
}

// a - b, both big-endian and of one length; a is the larger.
function subtract(a: Buffer, b: Buffer): Buffer {
  const result = Buffer.alloc(a.length)
  let borrow = 0
  for (let at = a.length - 1; at >= 0; at--) {
    const difference = (a[at] as number) - (b[at] as number) - borrow
    borrow = difference < 0 ? 1 : 0
    result[at] = difference & 255
  }
  return result
}
