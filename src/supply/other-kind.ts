// Kinds of pictures that are not read, told by their first bytes, so that a refusal can name them.

const kindsByBrand: Readonly<Record<string, string>> = {
  ...{ avif: 'AVIF', avis: 'AVIF', heic: 'HEIC', heix: 'HEIC', hevc: 'HEIC', hevx: 'HEIC' },
  ...{ heim: 'HEIC', heis: 'HEIC', mif1: 'HEIF', msf1: 'HEIF' },
}

const starts: readonly (readonly [kind: string, hex: string])[] = [
  ['TIFF', '49492a00'],
  ['TIFF', '4d4d002a'],
  ['BMP', '424d'],
  ['JPEG 2000', '0000000c6a5020200d0a870a'],
  ['JPEG XL', '0000000c4a584c200d0a870a'],
  ['JPEG XL', 'ff0a'],
  ['Photoshop', '38425053'],
]

/** Undefined when the bytes are of no kind that is known here. */
export function otherKindOf(bytes: Buffer): string | undefined {
  // ISO 14496-12 section 4.3: the brand of the file type box.
  if (bytes.toString('latin1', 4, 8) === 'ftyp') {
    return kindsByBrand[bytes.toString('latin1', 8, 12)]
  }
  return starts.find(([, hex]) => bytes.subarray(0, hex.length / 2).toString('hex') === hex)?.[0]
}
