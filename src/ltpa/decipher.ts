// Block ciphers without exceptions. What a token decrypts to is nobody's business until its signature is
// checked, and neither is whether its padding was right: OpenSSL's exception takes longer than the rest of
// the work, and who measures that can have any token decrypted, and the AES key with it (ltpa.md section 7).
import { createDecipheriv } from 'node:crypto'

export interface Deciphered {
  /** Without its padding, or whole when that is wrong. */
  readonly plain: Buffer
  readonly isPadded: boolean
}

/** `data`: whole blocks of `blockBytes`. `iv` null: ECB. */
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
  // PKCS #7: every one of the last bytes says how many they are. Looked at in full, right or wrong.
  for (let back = 1; back <= blockBytes; back++) {
    const byte = whole[whole.length - back] as number
    wrong |= back <= count ? byte ^ count : 0
  }
  return { plain: wrong === 0 ? whole.subarray(0, -count) : whole, isPadded: wrong === 0 }
}
