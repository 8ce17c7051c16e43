// How much memory decoding a picture may take, told by its head. Measured, with the decoders of sharp 0.35 (libvips
// 8.18) and pictures of 49 million pixels, and rounded up.
import type { PictureType } from './picture-type.ts'

export interface PictureFacts {
  readonly type: PictureType
  readonly pixels: number
  /** Samples a pixel. */
  readonly channels: number
  /** Of a sample. */
  readonly bytes: number
  /** Whether the decoder needs no more than a few lines at a time. */
  readonly isStreamed: boolean
}

const bytesByDepth: Readonly<Record<string, number>> = {
  ...{ uchar: 1, char: 1, ushort: 2, short: 2, uint: 4, int: 4, float: 4, double: 8 },
  ...{ complex: 8, dpcomplex: 16 },
}

/** Bytes of a sample, by the decoder's name of its kind; the most that there are where the name is not known. */
export function bytesOfDepth(depth: string): number {
  return bytesByDepth[depth] ?? 16
}

/** In bytes. */
export function decodingCost({ type, pixels, channels, bytes, isStreamed }: PictureFacts): number {
  const raw = channels * bytes
  switch (type) {
    case 'image/jpeg':
      // Coefficients of 16 bits, of all scans.
      return pixels * (isStreamed ? raw / 4 : raw * 2 + 0.5)
    case 'image/png':
      return pixels * (isStreamed ? raw / 3 : raw + 1.5)
    case 'image/gif':
    case 'image/webp':
      return pixels * 5
    case 'image/tiff':
      return pixels * (raw / 2 + 0.5)
    case 'image/avif':
      // The planes, those of the decoder's, and two copies in colours.
      return pixels * (bytes === 1 ? 19 : 26)
  }
}
