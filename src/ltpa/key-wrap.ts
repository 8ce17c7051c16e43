// How a key file wraps its secrets with its password (deploy/docs/ltpa.md section 2.1). No salt and no iterations: the
// password can be guessed fast, so a key file is a secret whatever its password.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

/** 1.0: wrapped with 3DES, tokens with AES-128 and RSA-1024. 2.0 (FIPS): AES-256 and RSA-2048. */
export type KeyFileVersion = '1.0' | '2.0'

export function wrap(version: KeyFileVersion, plain: Buffer, password: Buffer): Buffer {
  const { cipher, key, iv } = wrappingOf(version, password)
  const cipherer = createCipheriv(cipher, key, iv)
  return Buffer.concat([cipherer.update(plain), cipherer.final()])
}

/** Undefined for a wrong password, which shows as wrong padding in 255 of 256 cases. */
export function unwrap(
  version: KeyFileVersion,
  wrapped: Buffer,
  password: Buffer,
): Buffer | undefined {
  const { cipher, key, iv } = wrappingOf(version, password)
  try {
    const decipherer = createDecipheriv(cipher, key, iv)
    return Buffer.concat([decipherer.update(wrapped), decipherer.final()])
  } catch {
    return undefined
  }
}

function wrappingOf(version: KeyFileVersion, password: Buffer) {
  if (version === '1.0') {
    const key = Buffer.alloc(24)
    createHash('sha1').update(password).digest().copy(key)
    return { cipher: 'des-ede3', key, iv: null }
  }
  const key = createHash('sha256').update(password).digest()
  return { cipher: 'aes-256-cbc', key, iv: key.subarray(0, 16) }
}
