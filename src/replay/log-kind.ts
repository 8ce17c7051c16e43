// The format of a log, recognised by its first bytes: rotated logs lose their names, and standard input has none. A format
// that is not read here is named, with the program that unpacks it. Otherwise it would look like a log without
// requests.

export type LogKind =
  | {
      readonly kind: 'plain' /** Length of a byte order mark, which does not belong to the first line. */
      readonly skip: number
    }
  | { readonly kind: 'gzip' }
  | {
      readonly kind: 'foreign' /** Follows the file's name. */
      readonly problem: string
      /** Set for UTF-16, which some readers can have transcoded. */
      readonly utf16?: 'utf-16le' | 'utf-16be'
    }

/** Bytes that are examined; a log may have fewer. */
export const kindBytes = 512

const packed: readonly (readonly [magic: readonly number[], what: string, how: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], 'Zstandard', 'zstd -dc FILE | photogate replay -'],
  [[0x42, 0x5a, 0x68], 'bzip2', 'bzip2 -dc FILE | photogate replay -'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz', 'xz -dc FILE | photogate replay -'],
  [[0x04, 0x22, 0x4d, 0x18], 'LZ4', 'lz4 -dc FILE | photogate replay -'],
  [[0x1f, 0x9d], 'compress', 'gzip -dc FILE | photogate replay -'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive', 'unpack it, and name the files in it'],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'a 7z archive', 'unpack it, and name the files in it'],
]
const tarMagicAt = 257

export function kindOfLog(head: Buffer): LogKind {
  if (startsWith(head, [0x1f, 0x8b])) return { kind: 'gzip' }
  for (const [magic, what, how] of packed) {
    if (startsWith(head, magic)) return { kind: 'foreign', problem: `is ${what}; ${how}` }
  }
  if (head.toString('latin1', tarMagicAt, tarMagicAt + 5) === 'ustar') {
    return { kind: 'foreign', problem: 'is a tar archive; unpack it, and name the files in it' }
  }
  const utf16 = findUtf16(head)
  if (utf16 !== undefined) {
    const how =
      'save it as UTF-8 (PowerShell: Set-Content -Encoding utf8), or do not write it with > in PowerShell'
    return { kind: 'foreign', problem: `is UTF-16; ${how}`, utf16 }
  }
  return { kind: 'plain', skip: startsWith(head, [0xef, 0xbb, 0xbf]) ? 3 : 0 }
}

function startsWith(head: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, at) => head[at] === byte)
}

// With a byte order mark; or without one, when every second byte of ASCII is zero.
function findUtf16(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (startsWith(head, [0xff, 0xfe])) return 'utf-16le'
  if (startsWith(head, [0xfe, 0xff])) return 'utf-16be'
  const pairs = Math.min(head.length >> 1, 16)
  const [even, odd] = [0, 1].map(
    side => [...Array(pairs).keys()].filter(at => head[2 * at + side] === 0).length,
  )
  if (pairs < 2 || even === odd) return undefined
  if (odd === pairs && even === 0) return 'utf-16le'
  return even === pairs && odd === 0 ? 'utf-16be' : undefined
}
