// Short numbers in place of long keys: HalfSipHash-1-3 with 64 bits (Aumasson and Bernstein), as the Linux kernel hashes
// the keys of its tables. Keyed anew in each process, so no client can choose names that collide. Not for anything that
// leaves the process.
//
// Computed each time. A cache would be slower, because a photo that is sent pushes it out of the processor's caches; and
// it would be fast only for names that somebody has asked for, which a client could measure.
import { randomBytes } from 'node:crypto'

const key = randomBytes(8)

/** A hash of texts by this key of 8 bytes. */
export type TextHash = (text: string, seed?: number) => number

/**
 * A safe integer of 52 bits, not negative. Two of 100,000 texts have the same one with a chance of one in a million.
 * `seed`: the hash of another text, for a hash of both.
 */
export const hashOf: TextHash = buildTextHash(key.readInt32LE(0), key.readInt32LE(4))

const finalRounds = 3

export function buildTextHash(key0: number, key1: number): TextHash {
  return (text, seed = 0) => {
    const low = key0 ^ seed
    const high = key1 ^ (seed / 2 ** 32)
    let v0 = low
    let v1 = high ^ 0xee
    let v2 = low ^ 0x6c796765
    let v3 = high ^ 0x74656462
    // Two UTF-16 units a word. The last word has what is left, and the length in bytes in its highest byte.
    const { length } = text
    const words = (length >>> 1) + 1
    let first = 0
    for (let at = 0; at < words + 2 * finalRounds; at++) {
      let word = 0
      if (at < words) {
        if (2 * at < length) word = text.charCodeAt(2 * at)
        word |= (2 * at + 1 < length ? text.charCodeAt(2 * at + 1) : length << 9) << 16
        v3 ^= word
      } else if (at === words) {
        v2 ^= 0xee
      } else if (at === words + finalRounds) {
        first = v1 ^ v3
        v1 ^= 0xdd
      }
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
    }
    return (first >>> 0) * 2 ** 20 + ((v1 ^ v3) >>> 12)
  }
}
