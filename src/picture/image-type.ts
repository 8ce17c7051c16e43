// The type of an image and whether it is complete. Reads structure only and decodes nothing: an image that is still
// being copied ends before its own last marker.
import { endOfScan, isFrameMarker, isLoneMarker, nextMarker } from './jpeg-markers.ts'

export type ImageType = 'image/jpeg' | 'image/gif' | 'image/png' | 'image/webp'

/** `not-an-image`: no known signature. `incomplete`: the structure ends early or makes no sense. */
export type ImageVerdict = ImageType | 'not-an-image' | 'incomplete'

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex')

/** The type by the bytes, whatever the file's name says. Linear in the length. */
export function judgeImage(bytes: Buffer): ImageVerdict {
  if (bytes.length >= 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) {
    return endsAsJpeg(bytes) ? 'image/jpeg' : 'incomplete'
  }
  if (bytes.subarray(0, 8).equals(pngSignature)) {
    return endsAsPng(bytes) ? 'image/png' : 'incomplete'
  }
  const head = bytes.toString('latin1', 0, 6)
  if (head === 'GIF87a' || head === 'GIF89a') {
    return endsAsGif(bytes) ? 'image/gif' : 'incomplete'
  }
  if (head.startsWith('RIFF') && bytes.toString('latin1', 8, 12) === 'WEBP') {
    // The RIFF size counts what follows it; a file may carry more, never less.
    const isPicture = ['VP8 ', 'VP8L', 'VP8X'].includes(bytes.toString('latin1', 12, 16))
    return isPicture && bytes.readUInt32LE(4) + 8 <= bytes.length ? 'image/webp' : 'incomplete'
  }
  return 'not-an-image'
}

// ITU-T T.81 annex B: segments, each with its length, then scans, in which ff00 and restarts are data.
function endsAsJpeg(bytes: Buffer): boolean {
  let hasFrame = false
  let at = nextMarker(bytes, 2)
  while (at >= 0) {
    const marker = bytes[at + 1] as number
    if (marker === 0xd9) return hasFrame
    if (isFrameMarker(marker)) hasFrame = true
    let end = at + 2
    if (!isLoneMarker(marker)) {
      if (at + 4 > bytes.length) return false
      end += bytes.readUInt16BE(at + 2)
    }
    at = nextMarker(bytes, marker === 0xda ? endOfScan(bytes, end) : end)
  }
  return false
}

// PNG section 5: length, type, data, CRC; IEND is the last chunk.
function endsAsPng(bytes: Buffer): boolean {
  let at = 8
  while (at + 12 <= bytes.length) {
    const end = at + 12 + bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return end <= bytes.length
    at = end
  }
  return false
}

// GIF89a: blocks of sub-blocks, each with its length, until the trailer.
function endsAsGif(bytes: Buffer): boolean {
  let at = 13 + colourTableBytes(bytes[10])
  for (;;) {
    const block = bytes[at]
    if (block === 0x3b) return true
    if (block === 0x21) at = endOfSubBlocks(bytes, at + 2)
    else if (block === 0x2c) at = endOfSubBlocks(bytes, at + 11 + colourTableBytes(bytes[at + 9]))
    else return false
  }
}

/** The offset after the GIF sub-blocks that begin at `from`; the length of the bytes when the sub-blocks have no end. */
export function endOfSubBlocks(bytes: Buffer, from: number): number {
  let at = from
  for (let length = bytes[at]; length !== undefined; length = bytes[at]) {
    at += 1 + length
    if (length === 0) return at
  }
  return bytes.length
}

/** The size of the colour table that a GIF's flags announce. */
export function colourTableBytes(flags = 0): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0
}
