// From a source's picture to a photo that the gate serves: decoded completely, turned upright, resized and encoded
// again as JPEG. Only the pixels of the original remain: no location, no camera, no second format hidden behind the
// first. Anything that is not a picture is refused with the reason.
import { availableParallelism } from 'node:os'
import type { Metadata, Sharp, SharpOptions } from 'sharp'
import type { FitSettings } from '../config/supply/settings.ts'
import { bytesOfDepth, decodingCost } from './decoding-cost.ts'
import { mendJpeg } from './jpeg-mend.ts'
import { readPixels } from './picture-size.ts'
import type { PictureType } from './picture-type.ts'
import { asStillAvif, judgePicture, otherKindOf } from './picture-type.ts'
import { buildSemaphore } from './semaphore.ts'

export type Prepared =
  | { readonly kind: 'ready'; readonly bytes: Buffer }
  /** Worded to follow the name of the picture. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Never throws, whatever the bytes are. */
export type Prepare = (original: Buffer) => Promise<Prepared>

/** Pictures with more pixels are not decoded; no phone takes larger portraits. */
const maxSourcePixels = 50_000_000
// Memory for all pictures that are decoded at the same time (decoding-cost.ts).
const maxBytesAtOnce = 320 * 2 ** 20
const defaultSeconds = 20
const tooManyPixels = `has more than ${maxSourcePixels.toLocaleString('en')} pixels`
// The first is enough for a face at this size. The lower ones are used only when the file would be too large.
const qualities = [82, 72, 60, 45, 30] as const
const minSide = 16

const tooMuchMemory = `would take more than ${maxBytesAtOnce / 2 ** 20} MiB to decode; save it smaller`

const white = { r: 255, g: 255, b: 255 }
const options: SharpOptions = {
  limitInputPixels: maxSourcePixels,
  // Decoders warn about missing pixels: the photo would show half a face, and the rest grey.
  failOn: 'warning',
  sequentialRead: true,
}

/**
 * Loads sharp, so call it only where there is something to prepare.
 * @param maxSeconds the time limit for decoding one picture, in whole seconds.
 */
export async function loadPrepare(
  { maxPixels, maxBytes }: FitSettings,
  maxSeconds = defaultSeconds,
): Promise<Prepare> {
  sharpOnce ??= loadSharp()
  const sharp = await sharpOnce
  const workers = buildSemaphore(availableParallelism() + 1)
  const memory = buildSemaphore(maxBytesAtOnce)

  const open = (original: Buffer) => sharp(original, options).timeout({ seconds: maxSeconds })

  async function prepare(original: Buffer): Promise<Prepared> {
    const type = judgePicture(original)
    if (type === 'not-an-image') return refuse(kindReason(original))
    if (type === 'incomplete') return refuse(incompleteReason(original))
    const stated = type === 'image/tiff' || type === 'image/avif' ? 0 : readPixels(original, type)
    if ((stated ?? maxSourcePixels) > maxSourcePixels) return refuse(tooManyPixels)
    const mended = type === 'image/jpeg' ? mendJpeg(original) : undefined
    if (mended?.kind === 'refused') return mended
    const bytes = mended?.bytes ?? (type === 'image/avif' ? asStillAvif(original) : original)
    try {
      const head = await open(bytes).metadata()
      const cost = costOf(head, { type, stated, isStreamed: mended?.isStreamed })
      if (cost > maxBytesAtOnce) return refuse(tooMuchMemory)
      return await memory.hold(cost, () => fit(bytes, head.orientation ?? 1))
    } catch (error) {
      return refuse(reasonOf(error as Error, maxSeconds))
    }
  }

  async function fit(original: Buffer, orientation: number): Promise<Prepared> {
    for (let side = maxPixels; side >= minSide; side = Math.floor(side * 0.8)) {
      // Nearly all fit at once; the others are decoded again, and then encoded from the small pixels.
      if (orientation === 1) {
        const first = await encode(draw(open(original), side), qualities[0])
        if (first.length <= maxBytes) return { kind: 'ready', bytes: first }
      }
      const small = await draw(open(original), side).raw().toBuffer({ resolveWithObject: true })
      for (const quality of orientation === 1 ? qualities.slice(1) : qualities) {
        const { width, height, channels } = small.info
        const picture = sharp(small.data, { raw: { width, height, channels } })
        const bytes = await encode(turnUpright(picture, orientation), quality)
        if (bytes.length <= maxBytes) return { kind: 'ready', bytes }
      }
    }
    return refuse(`cannot be made to fit ${maxBytes} bytes`)
  }

  return original => workers.hold(1, () => prepare(original))
}

const formats = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Tiff', 'Heif']

// Once for each process: while sharp is set up, decoding fails everywhere in the process.
let sharpOnce: ReturnType<typeof loadSharp> | undefined

async function loadSharp() {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  // Many small pictures: one thread each is least work, and as many at once as there are cores.
  sharp.concurrency(1)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: formats.map(format => `VipsForeignLoad${format}Buffer`),
  })
  return sharp
}

interface KnownOfPicture {
  readonly type: PictureType
  readonly stated: number | undefined
  readonly isStreamed: boolean | undefined
}

function costOf(head: Metadata, { type, stated = 0, isStreamed }: KnownOfPicture): number {
  return decodingCost({
    ...{ type, channels: head.channels, bytes: bytesOfDepth(head.depth) },
    pixels: Math.max(stated, head.width * head.height),
    isStreamed: isStreamed ?? head.isProgressive !== true,
  })
}

// Not turned yet: sharp decodes a picture that is to be turned before its time limit begins. The square fits either way.
function draw(picture: Sharp, side: number): Sharp {
  return picture
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: white })
    .toColourspace('srgb')
}

const turns: readonly (readonly [angle: number, isMirrored: boolean])[] = [
  ...[[0, false] as const, [0, true] as const, [180, false] as const, [180, true] as const],
  ...[[270, true] as const, [90, false] as const, [90, true] as const, [270, false] as const],
]

/** `orientation`: 1 to 8, as Exif 2.32 has it in section 4.6.4. A picture with another one stays as it is. */
function turnUpright(picture: Sharp, orientation: number): Sharp {
  const [angle, isMirrored] = turns[orientation - 1] ?? [0, false]
  const turned = picture.rotate(angle)
  return isMirrored ? turned.flop() : turned
}

// Baseline JPEG, which the oldest clients show.
function encode(picture: Sharp, quality: number): Promise<Buffer> {
  return picture.jpeg({ quality }).toBuffer()
}

function refuse(reason: string): Prepared {
  return { kind: 'refused', reason }
}

function kindReason(original: Buffer): string {
  const kind = otherKindOf(original)
  return kind === undefined
    ? 'is not an image: neither JPEG, GIF, PNG, WebP, TIFF nor AVIF'
    : `is a picture of kind ${kind}, which is not read; save it as JPEG`
}

function incompleteReason(original: Buffer): string {
  return original[0] === 0xff
    ? 'is a JPEG without its end marker: it was cut off, or is damaged'
    : 'is an image that ends too early'
}

// The first line of the decoder's own message.
function reasonOf({ message }: Error, maxSeconds: number): string {
  if (/pixel limit/i.test(message)) return tooManyPixels
  if (/timeout/i.test(message)) return `takes longer than ${maxSeconds} s to decode`
  const [line = ''] = message.trim().split('\n')
  return `cannot be decoded: ${line.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}`
}
