// RSA signatures, verified by recovering the signed block and comparing it with the one that a signer can have made.
// node:crypto's verify cannot do it: it does not know the padding of version 1, and a system policy may forbid signatures
// with SHA-1 (RHEL 9 does), while keys of version 1.0 make no others. deploy/docs/ltpa.md sections 3 and 4.
import { constants, hash, publicDecrypt } from 'node:crypto'
import type { LtpaKeys } from './key-file.ts'
import { decodeBase64 } from './token.ts'

type SigningKey = Pick<LtpaKeys, 'publicKey' | 'modulus'>

/** The bytes of a signature in base64; undefined for a text that cannot be a signature of this key. */
export function usableSignature(text: string, { modulus }: SigningKey): Buffer | undefined {
  const signature = decodeBase64(text)
  const isUsable = signature?.length === modulus.length && signature.compare(modulus) < 0
  return isUsable ? signature : undefined
}

/** Stands in for a missing signature, so that a token without one takes as long to verify. */
export function noSignature({ modulus }: SigningKey): Buffer {
  return Buffer.alloc(modulus.length, 0x55).fill(0, 0, 1)
}

/** The signed block, as long as the modulus. `signature` must be from usableSignature or noSignature. */
export function recoverSignedBlock(signature: Buffer, { publicKey }: SigningKey): Buffer {
  return publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature)
}

/** The digests of version 2 of tokens: SHA-1 with keys of version 1.0, SHA-512 with 2.0. */
export type Digest = 'sha1' | 'sha512'

// DigestInfo without the digest: RFC 8017 section 9.2, note 1.
const digestInfos: Record<Digest, Buffer> = {
  sha1: Buffer.from('3021300906052b0e03021a05000414', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
}

/** The EMSA-PKCS1-v1_5 block of a message (RFC 8017 section 9.2): 00 01 FF … 00 DigestInfo, `length` bytes. */
export function paddedDigest(message: Buffer, digest: Digest, length: number): Buffer {
  const value = hash(digest, message, 'buffer')
  const info = digestInfos[digest]
  const block = Buffer.allocUnsafe(length)
  const at = length - value.length - info.length
  block[0] = 0
  block[1] = 1
  block.fill(0xff, 2, at - 1)
  block[at - 1] = 0
  info.copy(block, at)
  value.copy(block, length - value.length)
  return block
}
