// RSA signatures, checked by opening them and comparing with the one block that a signer can have made.
// Not by node:crypto's verify: version 1 pads in a way that it does not know, and for version 2 a system
// may forbid signatures with SHA-1 (as RHEL 9 does), and LTPA of version 1.0 has no others.
import { constants, hash, publicDecrypt } from 'node:crypto'
import type { LtpaKeys } from './key-file.ts'
import { decodeBase64 } from './token.ts'

type SigningKey = Pick<LtpaKeys, 'publicKey' | 'modulus'>

/** The bytes of a signature in base64; undefined when there is none that could be of this key. */
export function usableSignature(text: string, { modulus }: SigningKey): Buffer | undefined {
  const signature = decodeBase64(text)
  const isUsable = signature?.length === modulus.length && signature.compare(modulus) < 0
  return isUsable ? signature : undefined
}

/** To be opened in the place of a signature that is missing, so that it takes as long. */
export function noSignature({ modulus }: SigningKey): Buffer {
  return Buffer.alloc(modulus.length, 0x55).fill(0, 0, 1)
}

/** The signed block, as long as the modulus. The signature must be usable. */
export function recoverSignedBlock(signature: Buffer, { publicKey }: SigningKey): Buffer {
  return publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature)
}

/** The digest that LTPA signs in version 2 of its tokens. */
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
