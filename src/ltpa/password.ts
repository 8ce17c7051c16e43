// The bytes that a key file may have been wrapped with, for a password beyond ASCII: Java used the character set of its
// platform, and no file records it.
import { findWindows1252Byte } from '../text/windows-1252.ts'

export interface PasswordEncoding {
  readonly bytes: Buffer
  /** For people: `UTF-8`, `the bytes of the file`, `Windows-1252`, `Latin-1`, `ASCII with ? for the rest`. */
  readonly charset: string
}

/**
 * The encodings of a password, the likeliest first; only one when it is ASCII.
 * @param raw the bytes of the file that it was read from.
 */
export function encodePassword(text: string, raw: Buffer = Buffer.from(text)): PasswordEncoding[] {
  const encodings: PasswordEncoding[] = [
    { bytes: Buffer.from(text), charset: 'UTF-8' },
    { bytes: raw, charset: 'the bytes of the file' },
    { bytes: encode(text, findWindows1252Byte), charset: 'Windows-1252' },
    { bytes: encode(text, code => (code < 0x100 ? code : undefined)), charset: 'Latin-1' },
    {
      bytes: encode(text, code => (code < 0x80 ? code : undefined)),
      charset: 'ASCII with ? for the rest',
    },
  ]
  return encodings.filter(
    ({ bytes }, at) => encodings.findIndex(other => other.bytes.equals(bytes)) === at,
  )
}

// As Java encodes: `?` for a character that the character set does not have.
function encode(text: string, byteOf: (code: number) => number | undefined): Buffer {
  return Buffer.from([...text].map(char => byteOf(char.codePointAt(0) as number) ?? 0x3f))
}
