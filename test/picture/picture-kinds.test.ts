// Pictures as cameras, phones and old programs write them: which are accepted, with which colours, and which are refused.
import sharp from 'sharp'
import t from 'tap'
import { judgeImage } from '../../src/picture/image-type.ts'
import { mendJpeg } from '../../src/picture/jpeg-mend.ts'
import { judgePicture } from '../../src/picture/picture-type.ts'
import { loadPrepare } from '../../src/picture/prepare.ts'
import { draw } from '../fixtures/pictures.ts'

const endMarker = Buffer.from('ffd9', 'hex')
const missing = 'is a JPEG without all of its scans: it was cut off, or is damaged; save it again'
const noEnd = 'is a JPEG without its end marker: it was cut off, or is damaged'
const fit = { maxPixels: 320, maxBytes: 45_000 }

/** Where each segment begins, and where the data of each scan ends. */
function placesOf(jpeg: Buffer): { segments: Map<number, number[]>; scanEnds: number[] } {
  const segments = new Map<number, number[]>()
  const scanEnds: number[] = []
  for (let at = 2; jpeg[at + 1] !== 0xd9; ) {
    const marker = jpeg[at + 1] as number
    segments.set(marker, [...(segments.get(marker) ?? []), at])
    at += 2 + jpeg.readUInt16BE(at + 2)
    if (marker !== 0xda) continue
    while (jpeg[at] !== 0xff || jpeg[at + 1] === 0 || ((jpeg[at + 1] ?? 0) & 0xf8) === 0xd0) at++
    scanEnds.push(at)
  }
  return { segments, scanEnds }
}

function insert(jpeg: Buffer, at: number, hex: string): Buffer {
  return Buffer.concat([jpeg.subarray(0, at), Buffer.from(hex, 'hex'), jpeg.subarray(at)])
}

function without(jpeg: Buffer, marker: number): Buffer {
  const at = placesOf(jpeg).segments.get(marker)?.[0] as number
  return Buffer.concat([jpeg.subarray(0, at), jpeg.subarray(at + 2 + jpeg.readUInt16BE(at + 2))])
}

function set(jpeg: Buffer, at: number, hex: string): Buffer {
  const bytes = Buffer.from(jpeg)
  bytes.set(Buffer.from(hex, 'hex'), at)
  return bytes
}

async function colourOf(bytes: Buffer): Promise<number[]> {
  const { channels } = await sharp(bytes).stats()
  return channels.map(({ mean }) => mean)
}

/** The largest difference between two colours in one of their three channels. */
function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? 0))))
}

/** The picture as YCCK without black: its own light and colour in one scan, and white in another. */
async function drawYcck(): Promise<Buffer> {
  const options = { chromaSubsampling: '4:4:4', quality: 90 } as const
  // Adobe writes how much light an ink lets through; libjpeg takes light and colour (YCC) of the ink itself.
  const colour = await draw({ seed: 3 }).removeAlpha().negate().jpeg(options).toBuffer()
  const { width = 0, height = 0 } = await sharp(colour).metadata()
  const white = await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .toColourspace('b-w')
    .jpeg(options)
    .toBuffer()
  const segmentsOf = (jpeg: Buffer, marker: number) =>
    (placesOf(jpeg).segments.get(marker) ?? []).map(at =>
      jpeg.subarray(at, at + 2 + jpeg.readUInt16BE(at + 2)),
    )
  const scanOf = (jpeg: Buffer) => {
    const at = placesOf(jpeg).segments.get(0xda)?.[0] as number
    return jpeg.subarray(at + 2 + jpeg.readUInt16BE(at + 2), placesOf(jpeg).scanEnds[0])
  }
  const size = Buffer.alloc(4)
  size.writeUInt16BE(height)
  size.writeUInt16BE(width, 2)
  return Buffer.concat([
    Buffer.from('ffd8ffee000e41646f626500640000000002', 'hex'),
    ...segmentsOf(colour, 0xdb),
    Buffer.from(`ffc0001408${size.toString('hex')}04011100021101031101041100`, 'hex'),
    ...segmentsOf(colour, 0xc4),
    Buffer.from('ffda000c03010002110311003f00', 'hex'),
    scanOf(colour),
    ...segmentsOf(white, 0xc4),
    Buffer.from('ffda0008010400003f00', 'hex'),
    scanOf(white),
    endMarker,
  ])
}

t.test(
  'a JPEG with oddities that cost no pixel becomes the same photo as without them',
  async t => {
    const prepare = await loadPrepare(fit)
    const plain = await draw({ seed: 3 }).jpeg().toBuffer()
    const slow = await draw({ seed: 3 }).jpeg({ progressive: true }).toBuffer()
    const { segments } = placesOf(plain)
    const first = (marker: number) => segments.get(marker)?.[0] as number
    const scan = first(0xda)
    const jfif = 'ffe000104a46494600010101004800480000'
    const expected = await colourOf(plain)
    const rows: Record<string, Buffer> = {
      'stray bytes before a table': insert(plain, first(0xc4), '00c40a'),
      'stray bytes with ff in them': insert(plain, first(0xc4), '37ff003742'),
      'stray bytes before the end': insert(plain, plain.length - 2, '00000000'),
      'stray bytes in a progressive one': insert(
        slow,
        placesOf(slow).segments.get(0xc4)?.[0] ?? 0,
        '4711',
      ),
      'a restart marker outside of a scan': insert(plain, first(0xc4), 'ffd0'),
      'many fill bytes': insert(plain, first(0xc4), 'ffffffff'),
      'a scan that does not name its coefficients, as Samsung phones write': set(
        plain,
        scan + 4 + plain.readUInt16BE(scan + 2) - 5,
        '000000',
      ),
      'a version of JFIF that does not exist': insert(plain, 2, jfif.replace('4600010', '4600050')),
      'an unknown colour transform': insert(plain, 2, 'ffee000e41646f626500640000000007'),
      'EXIF that is not TIFF': insert(plain, 2, 'ffe100104578696600003737373737373737'),
      'EXIF that is cut off': insert(plain, 2, 'ffe1000e45786966000049492a000800'),
      'a colour profile of other bytes': insert(
        plain,
        2,
        'ffe2001349434350524f46494c450001013737373737',
      ),
      'many bytes behind its end': Buffer.concat([plain, Buffer.alloc(5_000, 'x')]),
      'a second picture behind its end': Buffer.concat([plain, slow]),
    }
    for (const [name, bytes] of Object.entries(rows)) {
      await t.test(name, async t => {
        t.equal(judgeImage(bytes), 'image/jpeg', 'the gate would serve it too')
        const prepared = await prepare(bytes)
        t.match(prepared, { kind: 'ready' })
        if (prepared.kind !== 'ready') return
        t.ok(distance(await colourOf(prepared.bytes), expected) < 4)
      })
    }
  },
)

t.test('a JPEG with missing parts is refused', async t => {
  const prepare = await loadPrepare(fit)
  const plain = await draw({ seed: 3 }).jpeg().toBuffer()
  const slow = await draw({ seed: 3 }).jpeg({ progressive: true }).toBuffer()
  const { scanEnds } = placesOf(slow)
  const scan = placesOf(plain).segments.get(0xda)?.[0] as number
  const dataAt = scan + 2 + plain.readUInt16BE(scan + 2)
  const half = plain.subarray(0, dataAt + (plain.length - dataAt) / 2)
  const holed = Buffer.concat([
    half.subarray(0, -40),
    half.subarray(-20),
    plain.subarray(half.length),
  ])
  const rows: [name: string, bytes: Buffer, reason: string | RegExp][] = [
    ['half a scan', half, noEnd],
    ['half a scan and an end', Buffer.concat([half, endMarker]), /^cannot be decoded: .*premature/],
    ['a scan with bytes missing', holed, /^cannot be decoded: /],
    ['no end', plain.subarray(0, -2), noEnd],
    ['an end marker with one bit changed', set(plain, plain.length - 2, 'ffc9'), noEnd],
    ['half a progressive one', slow.subarray(0, slow.length / 2), noEnd],
    ...scanEnds.slice(0, -1).map((end, at): [string, Buffer, string] => {
      const cut = Buffer.concat([slow.subarray(0, end), endMarker])
      return [`a progressive one after ${at + 1} of ${scanEnds.length} scans`, cut, missing]
    }),
  ]
  for (const [name, bytes, reason] of rows) {
    await t.test(name, async t => {
      const prepared = await prepare(bytes)
      t.equal(prepared.kind, 'refused')
      t.match('reason' in prepared ? prepared.reason : '', reason)
    })
  }
  t.match(
    mendJpeg(without(plain, 0xc0)),
    { kind: 'mended' },
    'without a frame, the decoder says so',
  )
})

t.test('a JPEG that consists of tiny segments takes no more memory than its bytes', async t => {
  const plain = await draw({ seed: 3 }).jpeg().toBuffer()
  const tiny = Buffer.alloc(8 * 2 ** 20, Buffer.from('ffe00002', 'hex'))
  const bytes = Buffer.concat([plain.subarray(0, 2), tiny, plain.subarray(2)])
  const before = process.memoryUsage().rss
  const mended = mendJpeg(bytes)
  const grown = (process.memoryUsage().rss - before) / bytes.length
  t.match(mended, { kind: 'mended', isStreamed: true })
  // An object for each of two million segments would be forty times as much.
  t.ok(grown < 10, `${grown.toFixed(1)} times`)
})

t.test('CMYK and YCCK have the right colours, with Adobe’s marker and without', async t => {
  const prepare = await loadPrepare(fit)
  const colours = async (bytes: Buffer) => {
    const prepared = await prepare(bytes)
    if (prepared.kind === 'refused') throw new Error(prepared.reason)
    return colourOf(prepared.bytes)
  }
  const meant = await colourOf(await draw({ seed: 3 }).png().toBuffer())
  const rows: Record<string, Buffer> = {
    CMYK: await draw({ seed: 3 }).toColourspace('cmyk').jpeg().toBuffer(),
    YCCK: await drawYcck(),
  }
  for (const [name, marked] of Object.entries(rows)) {
    const bare = without(marked, 0xee)
    const [from, to] = [await colours(marked), await colours(bare)]
    t.ok(distance(from, to) < 2, `${name}: ${from} and ${to}`)
    // CMYK colours do not convert exactly to those of a screen.
    t.ok(distance(to, meant) < 40, `${name}: ${to} for ${meant}`)
  }
})

t.test('only the first of several pictures counts', async t => {
  const prepare = await loadPrepare(fit)
  const [red, blue] = await Promise.all(
    ['red', 'blue'].map(background =>
      sharp({ create: { width: 60, height: 40, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  )
  const joined = () => sharp([red as Buffer, blue as Buffer], { join: { animated: true } })
  const rows: Record<string, Buffer> = {
    GIF: await joined().gif().toBuffer(),
    WebP: await joined().webp().toBuffer(),
    TIFF: await joined().tiff().toBuffer(),
  }
  for (const [name, bytes] of Object.entries(rows)) {
    const prepared = await prepare(bytes)
    if (prepared.kind === 'refused') {
      t.fail(`${name} ${prepared.reason}`)
      continue
    }
    const { width, height } = await sharp(prepared.bytes).metadata()
    t.strictSame({ width, height }, { width: 60, height: 40 }, name)
    t.ok(distance(await colourOf(prepared.bytes), [254, 0, 0]) < 4, name)
  }
})

t.test('a TIFF with any kind of samples is read', async t => {
  const prepare = await loadPrepare(fit)
  const expected = await colourOf(await draw({ seed: 3 }).png().toBuffer())
  const drawn = () => draw({ seed: 3 })
  const rows: Record<string, Buffer> = {
    '16 bits': await drawn().toColourspace('rgb16').tiff().toBuffer(),
    'LZW with a predictor': await drawn()
      .tiff({ compression: 'lzw', predictor: 'horizontal' })
      .toBuffer(),
    deflate: await drawn().tiff({ compression: 'deflate' }).toBuffer(),
    'JPEG within': await drawn().tiff({ compression: 'jpeg', quality: 95 }).toBuffer(),
    'in tiles': await drawn().tiff({ tile: true, tileWidth: 64, tileHeight: 64 }).toBuffer(),
    BigTIFF: await drawn().tiff({ bigtiff: true }).toBuffer(),
    'with transparency': await drawn().ensureAlpha(1).tiff().toBuffer(),
  }
  for (const [name, bytes] of Object.entries(rows)) {
    t.equal(judgePicture(bytes), 'image/tiff')
    t.equal(judgeImage(bytes), 'not-an-image', 'the gate does not serve it')
    const prepared = await prepare(bytes)
    if (prepared.kind === 'refused') t.fail(`${name} ${prepared.reason}`)
    else t.ok(distance(await colourOf(prepared.bytes), expected) < 4, name)
  }
})

t.test('an AVIF is recognized by any of its brands, and read', async t => {
  const prepare = await loadPrepare(fit)
  const expected = await colourOf(await draw({ seed: 3 }).png().toBuffer())
  const still = await draw({ seed: 3 }).avif({ effort: 0 }).toBuffer()
  t.equal(still.toString('latin1', 8, 12), 'avif')
  const rows: Record<string, Buffer> = {
    still,
    'of ten bits': await draw({ seed: 3 }).avif({ effort: 0, bitdepth: 10 }).toBuffer(),
    'of a series': set(still, 8, Buffer.from('avis').toString('hex')),
    'with an unknown main brand': set(still, 8, Buffer.from('mif1').toString('hex')),
    'with bytes behind its end': Buffer.concat([still, Buffer.from('more than asked for')]),
  }
  for (const [name, bytes] of Object.entries(rows)) {
    t.equal(judgePicture(bytes), 'image/avif')
    const prepared = await prepare(bytes)
    if (prepared.kind === 'refused') t.fail(`${name} ${prepared.reason}`)
    else t.ok(distance(await colourOf(prepared.bytes), expected) < 6, name)
  }
})
