// The types of pictures that an import reads: those that the gate serves, and two more that the decoder knows. Also
// recognizes other types, so that a refusal can name them. Reads structure only.
import type { ImageType, ImageVerdict } from './image-type.ts'
import { judgeImage } from './image-type.ts'

export type PictureType = ImageType | 'image/tiff' | 'image/avif'
export type PictureVerdict = PictureType | Exclude<ImageVerdict, ImageType>

/** Like judgeImage. A TIFF that ends too early is left to the decoder, because its parts come in any order. */
export function judgePicture(bytes: Buffer): PictureVerdict {
  const verdict = judgeImage(bytes)
  if (verdict !== 'not-an-image') return verdict
  if (isTiff(bytes)) return 'image/tiff'
  if (!brandsOf(bytes).some(isAvif)) return 'not-an-image'
  return endsAsBoxes(bytes) ? 'image/avif' : 'incomplete'
}

const kindsByBrand: Readonly<Record<string, string>> = {
  ...{ heic: 'HEIC', heix: 'HEIC', hevc: 'HEIC', hevx: 'HEIC', heim: 'HEIC', heis: 'HEIC' },
  ...{ mif1: 'HEIF', msf1: 'HEIF', crx: 'Canon raw' },
}

const starts: readonly (readonly [kind: string, hex: string])[] = [
  ['BMP', '424d'],
  ['JPEG 2000', '0000000c6a5020200d0a870a'],
  ['JPEG 2000', 'ff4fff51'],
  ['JPEG XL', '0000000c4a584c200d0a870a'],
  ['JPEG XL', 'ff0a'],
  ['Photoshop', '38425053'],
  ['icon', '00000100'],
  ['Windows metafile', 'd7cdc69a'],
]

/** The name of a type that an import does not read; undefined when the type is unknown. */
export function otherKindOf(bytes: Buffer): string | undefined {
  const kinds = brandsOf(bytes).flatMap(brand => kindsByBrand[brand] ?? [])
  // In many files the first brand is the general one, which does not name the encoding.
  const kind = kinds.find(one => one !== 'HEIF') ?? kinds[0]
  if (kind !== undefined) return kind
  if (isSvg(bytes)) return 'SVG'
  return starts.find(([, hex]) => bytes.subarray(0, hex.length / 2).toString('hex') === hex)?.[0]
}

// TIFF 6.0 section 2, and BigTIFF.
function isTiff(bytes: Buffer): boolean {
  return ['49492a00', '4d4d002a', '49492b00', '4d4d002b'].includes(bytes.toString('hex', 0, 4))
}

function isAvif(brand: string): boolean {
  return brand === 'avif' || brand === 'avis'
}

/** For decoders that read no image sequences: the first picture is also a still image (AV1 image file format, section 6.2). */
export function asStillAvif(bytes: Buffer): Buffer {
  const still = Buffer.from(bytes)
  still.write('avif', 8, 'latin1')
  return still
}

function isSvg(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 2_000)
  return /^\s*<(?:svg|\?xml|!)/.test(head) && /<svg[\s>]/.test(head)
}

// ISO 14496-12 section 4.3: the main brand, its version, then all compatible brands.
function brandsOf(bytes: Buffer): string[] {
  if (bytes.length < 16 || bytes.toString('latin1', 4, 8) !== 'ftyp') return []
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256)
  const brands = [bytes.toString('latin1', 8, 12).trim()]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4).trim())
  return brands
}

// Section 4.2: boxes, each with its length; zero means up to the end of the file. An incomplete box after the pixels
// does not count.
function endsAsBoxes(bytes: Buffer): boolean {
  const whole = new Set<string>()
  let at = 0
  while (at + 8 <= bytes.length) {
    const short = bytes.readUInt32BE(at)
    if (short === 1 && at + 16 > bytes.length) break
    const long = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short
    const length = short === 0 ? bytes.length - at : long
    if (length < 8 || at + length > bytes.length) break
    whole.add(bytes.toString('latin1', at + 4, at + 8))
    at += length
  }
  return whole.has('meta') && (whole.has('mdat') || at === bytes.length)
}
