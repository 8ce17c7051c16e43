// The number of pixels that a picture's head announces, to know the cost of decoding before it begins. The decoder
// checks again.
import type { ImageType } from './image-type.ts'
import { colourTableBytes, endOfSubBlocks } from './image-type.ts'
import { isFrameMarker, isLoneMarker, nextMarker } from './jpeg-markers.ts'

/** `undefined` when the head does not say it. Linear in the length of the head. */
export function readPixels(bytes: Buffer, type: ImageType): number | undefined {
  try {
    const [width, height] = readers[type](bytes)
    return width === undefined || height === undefined ? undefined : width * height
  } catch {
    return undefined // The head ends too early.
  }
}

type Size = readonly [width: number, height: number] | readonly []

const readers: Record<ImageType, (bytes: Buffer) => Size> = {
  // PNG section 11.2.2: IHDR is the first chunk.
  'image/png': bytes => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
  'image/gif': readGif,
  'image/jpeg': readJpeg,
  'image/webp': readWebp,
}

// ITU-T T.81 annex B: segments up to the frame header.
function readJpeg(bytes: Buffer): Size {
  let at = nextMarker(bytes, 2)
  while (at >= 0) {
    const marker = bytes.readUInt8(at + 1)
    if (isFrameMarker(marker)) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    at = nextMarker(bytes, at + 2 + (isLoneMarker(marker) ? 0 : bytes.readUInt16BE(at + 2)))
  }
  return []
}

// GIF89a sections 18 and 20. Only the first frame is used, but decoders allocate all of it even where it is larger than
// the screen.
function readGif(bytes: Buffer): Size {
  const [width, height] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]
  let at = 13 + colourTableBytes(bytes.readUInt8(10))
  while (bytes.readUInt8(at) === 0x21) at = endOfSubBlocks(bytes, at + 2)
  if (bytes.readUInt8(at) !== 0x2c) return []
  const right = bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5)
  const bottom = bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7)
  return [Math.max(width, right), Math.max(height, bottom)]
}

// RFC 9649 sections 2.5 to 2.7.
function readWebp(bytes: Buffer): Size {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    }
    default:
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff]
  }
}
