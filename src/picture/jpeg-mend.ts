// Prepares JPEGs from phones and old programs for a decoder that fails on every warning. Oddities that cost no pixel
// are corrected. JPEGs with missing scans, which decoders accept without a warning, are refused. Reads structure only
// (ITU-T T.81 annex B) and decodes nothing.
import { endOfScan, isFrameMarker, isLoneMarker, nextMarker } from './jpeg-markers.ts'

export type MendedJpeg =
  /** `isStreamed`: decoders need only a few lines of it in memory at a time. */
  | { readonly kind: 'mended'; readonly bytes: Buffer; readonly isStreamed: boolean }
  /** Worded to follow the name of the picture. */
  | { readonly kind: 'refused'; readonly reason: string }

interface Component {
  readonly id: number
  /** Horizontal and vertical factor, in one byte. */
  readonly sampling: number
  /** The number of its quantization table. */
  readonly quantization: number
  /** For each of the 64 coefficients, the lowest bit that any scan holds; undefined when no scan holds the coefficient. */
  readonly lowestBits: (number | undefined)[]
}

interface Frame {
  /** The number in the name of its marker: SOF0, SOF2, … */
  readonly process: number
  readonly components: readonly Component[]
}

const sequential = [0, 1, 9]
const progressive = [2, 10]
const coefficients = 64
const endOfImage = Buffer.from([0xff, 0xd9])
// Adobe's marker with the transform 2.
const markOfYcck = Buffer.from('ffee000e41646f626500640000000002', 'hex')

/** @param bytes a JPEG that has its end marker; not changed. Linear in its length. */
export function mendJpeg(bytes: Buffer): MendedJpeg {
  const copy = Buffer.alloc(bytes.length + markOfYcck.length)
  // A file may consist of tiny segments only, so segments are not kept as objects.
  let length = bytes.copy(copy, 0, 0, 2)
  const take = (from: number, to: number) => {
    const start = length
    length += bytes.copy(copy, start, from, to)
    return copy.subarray(start, length)
  }
  let adobe: number | undefined
  let frame: Frame | undefined
  let scans = 0
  let at = nextMarker(bytes, 2)
  while (at >= 0 && bytes[at + 1] !== 0xd9) {
    const marker = bytes[at + 1] as number
    let end = at + 2
    if (!isLoneMarker(marker)) {
      end += bytes.readUInt16BE(at + 2)
      if (marker === 0xda && scans++ === 0 && adobe === undefined && isYcck(frame)) {
        length += markOfYcck.copy(copy, length)
      }
      const start = length
      const segment = take(at, end)
      if (isFrameMarker(marker)) frame ??= readFrame(segment)
      else if (marker === 0xee && isAdobe(segment)) adobe = start
      else if (marker === 0xe0) mendJfif(segment)
      else if (marker === 0xda) {
        mendScan(segment, frame)
        take(end, endOfScan(bytes, end))
        end = endOfScan(bytes, end)
      }
    }
    // Bytes between the segment's end and the next marker belong to no segment, and are dropped.
    at = nextMarker(bytes, end)
  }
  // With several Adobe markers, decoders use the last.
  if (adobe !== undefined) mendAdobe(copy.subarray(adobe), frame)
  if (!isComplete(frame)) {
    const reason =
      'is a JPEG without all of its scans: it was cut off, or is damaged; save it again'
    return { kind: 'refused', reason }
  }
  length += endOfImage.copy(copy, length)
  const isStreamed = scans <= 1 && frame !== undefined && !progressive.includes(frame.process)
  return { kind: 'mended', bytes: copy.subarray(0, length), isStreamed }
}

// Section B.2.2: length, precision, lines, samples, number of components, and three bytes for each component.
function readFrame(segment: Buffer): Frame {
  const components: Component[] = []
  for (let at = 10; at + 2 < segment.length && components.length < (segment[9] ?? 0); at += 3) {
    const [id = 0, sampling = 0, quantization = 0] = segment.subarray(at, at + 3)
    const lowestBits = Array.from({ length: coefficients }, () => undefined)
    components.push({ id, sampling, quantization, lowestBits })
  }
  return { process: (segment[1] ?? 0) & 0xf, components }
}

// Section B.2.3. The last three bytes say which coefficients a scan holds. In a sequential frame a scan holds all of
// them, but Samsung phones leave the bytes zero.
function mendScan(segment: Buffer, frame: Frame | undefined): void {
  const count = segment[4] ?? 0
  const at = 5 + 2 * count
  if (frame === undefined || at + 3 > segment.length) return
  if (sequential.includes(frame.process)) segment.set([0, coefficients - 1, 0], at)
  const [first = 0, last = 0, bits = 0] = segment.subarray(at)
  const ids = Array.from({ length: count }, (_, number) => segment[5 + 2 * number])
  for (const { id, lowestBits } of frame.components) {
    if (!ids.includes(id)) continue
    lowestBits.fill(bits & 0xf, first, last + 1)
  }
}

// A progressive picture without its last scans is blurred; without those of one colour it is green.
function isComplete(frame: Frame | undefined): boolean {
  if (frame === undefined) return true // The decoder reports this.
  const isKnown = [...sequential, ...progressive].includes(frame.process)
  return !isKnown || frame.components.every(({ lowestBits }) => lowestBits.every(bit => bit === 0))
}

// JFIF section "JFIF APP0 marker": decoders warn about versions that no specification defines.
function mendJfif(segment: Buffer): void {
  const isJfif = segment.toString('latin1', 4, 9) === 'JFIF\0' && segment.length >= 16
  if (isJfif && segment[9] !== 1 && segment[9] !== 2) segment.set([1, 1], 9)
}

function isAdobe(segment: Buffer): boolean {
  return segment.length >= 16 && segment.toString('latin1', 4, 9) === 'Adobe'
}

// ITU-T T.872 section 6.5.3: how colours were transformed. Decoders treat an unknown value as the default.
function mendAdobe(segment: Buffer, frame: Frame | undefined): void {
  const usual = frame?.components.length === 4 ? 2 : 1
  if (segment[15] !== 0) segment[15] = usual
}

// Without Adobe's marker, decoders take four components for plain CMYK. Only in YCCK are the two colour components
// coarser than the two of light, by quantization or sampling.
function isYcck(frame: Frame | undefined): boolean {
  const [first, second, third, fourth, ...more] = frame?.components ?? []
  if (!first || !second || !third || !fourth || more.length > 0) return false
  const isLike = (a: Component, b: Component) =>
    a.quantization === b.quantization && a.sampling === b.sampling
  return isLike(first, fourth) && isLike(second, third) && !isLike(first, second)
}
