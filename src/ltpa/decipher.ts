// Block ciphers without exceptions, so that right and wrong padding take the same time. OpenSSL's exception for wrong
// padding takes longer than the rest of a verification: an attacker who measures it could decrypt any token, and learn
// the AES key (deploy/docs/ltpa.md section 6.1).
import { createDecipheriv } from 'node:crypto'

export interface Deciphered {
  /** Without its padding; with it when the padding is wrong. */
  readonly plain: Buffer
  readonly isPadded: boolean
}

/** `data`: whole blocks of `blockBytes`, at least one. `iv` null: ECB. */
export function decipherBlocks(
  cipher: string,
  {
    key,
    iv,
    data,
    blockBytes,
  }: { key: Buffer; iv: Buffer | null; data: Buffer; blockBytes: number },
): Deciphered {
  const decipher = createDecipheriv(cipher, key, iv).setAutoPadding(false)
  const whole = decipher.update(data)
  decipher.final()
  const count = whole[whole.length - 1] as number
  let wrong = count < 1 || count > blockBytes ? 1 : 0
  // PKCS #7: each byte of the padding is its length. All of a block is compared, right or wrong.
  for (let back = 1; back <= blockBytes; back++) {
    const byte = whole[whole.length - back] as number
    wrong |= back <= count ? byte ^ count : 0
  }
  return { plain: wrong === 0 ? whole.subarray(0, -count) : whole, isPadded: wrong === 0 }
}
