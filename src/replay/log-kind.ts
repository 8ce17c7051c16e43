// What the bytes of a log are, told by how they begin: rotated logs lose their names, and standard input has none. What
// cannot be read here is named, with the program that makes it readable: else it would look like a log that nobody
// was in.

export type LogKind =
  | {
      readonly kind: 'plain' /** Of a byte order mark, which is no part of the first line. */
      readonly skip: number
    }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'foreign' /** Worded to follow the file's name. */; readonly problem: string }

/** How many bytes it takes to tell; a log may have fewer. */
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
  if (isUtf16(head)) {
    const how =
      'save it as UTF-8 (PowerShell: Set-Content -Encoding utf8), or let no > of PowerShell write it'
    return { kind: 'foreign', problem: `is UTF-16; ${how}` }
  }
  return { kind: 'plain', skip: startsWith(head, [0xef, 0xbb, 0xbf]) ? 3 : 0 }
}

function startsWith(head: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, at) => head[at] === byte)
}

// With its mark, or without: then every second byte of ASCII is zero.
function isUtf16(head: Buffer): boolean {
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return true
  const pairs = Math.min(head.length >> 1, 16)
  const zeros = [0, 1].map(
    odd => [...Array(pairs).keys()].filter(at => head[2 * at + odd] === 0).length,
  )
  return pairs > 1 && zeros.some(count => count === pairs) && zeros.includes(0)
}
