// How much memory decoding a picture may take, estimated from its head. Measured with the decoders of sharp 0.35
// (libvips 8.18) on pictures of 49 million pixels, and rounded up.
import type { PictureType } from './picture-type.ts'

export interface PictureFacts {
  readonly type: PictureType
  readonly pixels: number
  /** Samples in a pixel. */
  readonly channels: number
  /** Bytes in a sample. */
  readonly bytes: number
  /** Whether the decoder needs no more than a few lines at a time. */
  readonly isStreamed: boolean
}

const bytesByDepth: Readonly<Record<string, number>> = {
  ...{ uchar: 1, char: 1, ushort: 2, short: 2, uint: 4, int: 4, float: 4, double: 8 },
  ...{ complex: 8, dpcomplex: 16 },
}

/** Bytes in a sample, by the decoder's name for its kind; the largest number when the name is unknown. */
export function bytesOfDepth(depth: string): number {
  return bytesByDepth[depth] ?? 16
}

/** In bytes. */
export function decodingCost({ type, pixels, channels, bytes, isStreamed }: PictureFacts): number {
  const raw = channels * bytes
  switch (type) {
    case 'image/jpeg':
      // A progressive decoder keeps the 16-bit coefficients of all scans.
      return pixels * (isStreamed ? raw / 4 : raw * 2 + 0.5)
    case 'image/png':
      return pixels * (isStreamed ? raw / 3 : raw + 1.5)
    case 'image/gif':
    case 'image/webp':
      return pixels * 5
    case 'image/tiff':
      return pixels * (raw / 2 + 0.5)
    case 'image/avif':
      // The planes, the decoder's own planes, and two copies in RGB.
      return pixels * (bytes === 1 ? 19 : 26)
  }
}
