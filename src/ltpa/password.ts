// The bytes that a key file may have been wrapped with, for a password beyond ASCII: Java used the character set of its
// platform, and no file records it.

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
    { bytes: encode(text, toWindows1252), charset: 'Windows-1252' },
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

// 0x80 to 0x9f; the rest is as in Latin-1. TextDecoder is not used: Node 20 takes Windows-1252 for Latin-1.
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

function toWindows1252(code: number): number | undefined {
  if (code < 0x80 || (code >= 0xa0 && code < 0x100)) return code
  const at = windows1252.indexOf(String.fromCodePoint(code))
  return at < 0 ? undefined : at + 0x80
}

export function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, char => windows1252.charAt(char.charCodeAt(0) - 0x80))
}
