// Pictures from sources become photos or are refused; checked with the decoder itself.

import sharp from 'sharp'
import t from 'tap'
import { judgeImage } from '../../src/picture/image-type.ts'
import { readPixels } from '../../src/picture/picture-size.ts'
import { loadPrepare } from '../../src/picture/prepare.ts'
import { gif, jpeg, png, webp } from '../fixtures/images.ts'
import {
  draw,
  drawBomb,
  drawGif,
  drawJpeg,
  drawNoise,
  drawSlow,
  slowFit,
} from '../fixtures/pictures.ts'
import { seededBelow } from '../fixtures/random.ts'

const fit = { maxPixels: 320, maxBytes: 45_000 }

t.test('a file that is not a complete picture is refused with the reason', async t => {
  const prepare = await loadPrepare(fit)
  const whole = await drawJpeg()
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>'
  const noImage = 'is not an image: neither JPEG, GIF, PNG, WebP, TIFF nor AVIF'
  const noEnd = 'is a JPEG without its end marker: it was cut off, or is damaged'
  const tooEarly = 'is an image that ends too early'
  const kind = (name: string) => `is a picture of kind ${name}, which is not read; save it as JPEG`
  const tiff = await draw().tiff({ compression: 'lzw' }).toBuffer()
  const avif = await draw().avif({ effort: 0 }).toBuffer()
  const rows: [string, Buffer, string | RegExp][] = [
    ['nothing', Buffer.alloc(0), noImage],
    ['HTML', Buffer.from('<!doctype html><title>Sign in</title>'), noImage],
    ['SVG', Buffer.from(svg), kind('SVG')],
    ['SVG behind a declaration', Buffer.from(`<?xml version="1.0"?>\n${svg}`), kind('SVG')],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), kind('HEIC')],
    ['HEIC of no main brand', Buffer.from('\0\0\0\x18ftypmif1\0\0\0\0mif1heic'), kind('HEIC')],
    ['HEIF', Buffer.from('\0\0\0\x14ftypmif1\0\0\0\0mif1'), kind('HEIF')],
    ['BMP', Buffer.from('BM rest'), kind('BMP')],
    ['a box of another kind', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0isommp42'), noImage],
    ['a TIFF header alone', Buffer.from('II*\0rest', 'latin1'), /^cannot be decoded: /],
    ['half a TIFF', tiff.subarray(0, tiff.length / 2), /^cannot be decoded: /],
    ['half an AVIF', avif.subarray(0, avif.length / 2), tooEarly],
    ['an AVIF without its last byte', avif.subarray(0, -1), tooEarly],
    ['an AVIF of zeros', Buffer.concat([avif.subarray(0, -200), Buffer.alloc(200)]), /^cannot be/],
    ['a script behind a GIF header', Buffer.from('GIF89a/*'), tooEarly],
    ['half a JPEG', whole.subarray(0, whole.length / 2), noEnd],
    ['a JPEG without its last two bytes', whole.subarray(0, -2), noEnd],
    [
      'a JPEG whose scan ends early, with an end marker',
      Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.from([0xff, 0xd9])]),
      /^cannot be decoded: .*premature end/,
    ],
    ['half a PNG', (await draw().png().toBuffer()).subarray(0, 500), tooEarly],
    ['a PNG of 60,000 by 60,000', drawBomb(60_000, 600).fill(0), noImage],
    ['a bomb', drawBomb(60_000, 60_000), 'has more than 50,000,000 pixels'],
  ]
  for (const [name, bytes, reason] of rows) {
    await t.test(name, async t => {
      const prepared = await prepare(bytes)
      t.equal(prepared.kind, 'refused')
      const told = prepared.kind === 'refused' ? prepared.reason : ''
      if (typeof reason === 'string') t.equal(told, reason)
      else t.match(told, reason)
      t.notMatch(told, /\n/)
    })
  }
})

t.test('a picture becomes a JPEG that fits', async t => {
  const prepare = await loadPrepare(fit)
  const rows: [string, Buffer, { width: number; height: number }][] = [
    ['JPEG', await drawJpeg(), { width: 320, height: 240 }],
    ['PNG', await draw().png().toBuffer(), { width: 320, height: 240 }],
    ['GIF', await draw().gif().toBuffer(), { width: 320, height: 240 }],
    ['WebP', await draw().webp().toBuffer(), { width: 320, height: 240 }],
    ['TIFF', await draw().tiff().toBuffer(), { width: 320, height: 240 }],
    ['AVIF', await draw().avif({ effort: 0 }).toBuffer(), { width: 320, height: 240 }],
    [
      '16 bits a colour',
      await draw().toColourspace('rgb16').png().toBuffer(),
      { width: 320, height: 240 },
    ],
    ['CMYK', await draw().toColourspace('cmyk').jpeg().toBuffer(), { width: 320, height: 240 }],
    ['grey', await draw().greyscale().jpeg().toBuffer(), { width: 320, height: 240 }],
    [
      'progressive',
      await draw().jpeg({ progressive: true }).toBuffer(),
      { width: 320, height: 240 },
    ],
    ['very tall', await drawJpeg({ width: 30, height: 6_000 }), { width: 1, height: 320 }],
    ['noise, too large at first', await drawNoise(1_000), { width: 320, height: 320 }],
    ['small, not enlarged', jpeg, { width: 4, height: 4 }],
    ['small GIF', gif, { width: 4, height: 4 }],
    ['small PNG', png, { width: 4, height: 4 }],
    ['small WebP', webp, { width: 4, height: 4 }],
    ['large', drawBomb(7_000, 7_000), { width: 320, height: 320 }],
  ]
  for (const [name, bytes, size] of rows) {
    await t.test(name, async t => {
      const prepared = await prepare(bytes)
      t.match(prepared, { kind: 'ready' })
      if (prepared.kind !== 'ready') return
      t.equal(judgeImage(prepared.bytes), 'image/jpeg')
      t.ok(prepared.bytes.length <= fit.maxBytes, `${prepared.bytes.length} bytes`)
      const { format, space, isProgressive, width, height } = await sharp(prepared.bytes).metadata()
      t.strictSame({ width, height }, size)
      t.strictSame(
        { format, space, isProgressive },
        { format: 'jpeg', space: 'srgb', isProgressive: false },
      )
    })
  }
})

t.test('only the pixels of the original are kept', async t => {
  const prepare = await loadPrepare(fit)
  const original = Buffer.concat([
    await draw()
      .withExif({ IFD0: { Copyright: 'EXIF-MARK' }, IFD3: { GPSLatitude: '48/1 8/1 0/1' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">XMP-MARK</x:xmpmeta>')
      .withIccProfile('p3')
      .jpeg()
      .toBuffer(),
    Buffer.from('<script>TAIL-MARK</script>'),
  ])
  const prepared = await prepare(original)
  t.match(prepared, { kind: 'ready' })
  if (prepared.kind !== 'ready') return
  const { exif, icc, xmp, iptc } = await sharp(prepared.bytes).metadata()
  t.strictSame(
    { exif, icc, xmp, iptc },
    { exif: undefined, icc: undefined, xmp: undefined, iptc: undefined },
  )
  for (const mark of ['EXIF-MARK', 'XMP-MARK', 'TAIL-MARK']) {
    t.ok(original.includes(mark) && !prepared.bytes.includes(mark), mark)
  }
})

t.test('a picture is turned as the camera was held', async t => {
  const prepare = await loadPrepare(fit)
  // Red on the left, with an orientation of a quarter turn: red on top.
  const left = await sharp({ create: { width: 100, height: 100, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const original = await sharp({
    create: { width: 200, height: 100, channels: 3, background: 'blue' },
  })
    .composite([{ input: left, left: 0, top: 0 }])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  const prepared = await prepare(original)
  t.match(prepared, { kind: 'ready' })
  if (prepared.kind !== 'ready') return
  const { data, info } = await sharp(prepared.bytes).raw().toBuffer({ resolveWithObject: true })
  t.strictSame({ width: info.width, height: info.height }, { width: 100, height: 200 })
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)]
  t.ok((at(50, 20)[0] ?? 0) > 200, 'red on top')
  t.ok((at(50, 180)[2] ?? 0) > 200, 'blue below')
})

t.test('each of the eight orientations is turned as sharp itself would', async t => {
  const prepare = await loadPrepare(fit)
  const size = { width: 40, height: 24, channels: 3 } as const
  const pixels = Array.from({ length: 40 * 24 }, (_, at) => [6 * (at % 40), Math.floor(at / 4), 99])
  for (let orientation = 1; orientation <= 8; orientation++) {
    const original = await sharp(Buffer.from(pixels.flat()), { raw: size })
      .withMetadata({ orientation })
      .png()
      .toBuffer()
    const expected = await sharp(original).autoOrient().raw().toBuffer({ resolveWithObject: true })
    const prepared = await prepare(original)
    if (prepared.kind !== 'ready') return void t.fail(prepared.reason)
    const { data, info } = await sharp(prepared.bytes).raw().toBuffer({ resolveWithObject: true })
    t.strictSame([info.width, info.height], [expected.info.width, expected.info.height])
    const furthest = data.map((value, at) => Math.abs(value - (expected.data[at] as number)))
    t.ok(Math.max(...furthest) < 20, `orientation ${orientation}`)
  }
})

t.test('transparent parts become white, not black', async t => {
  const prepare = await loadPrepare(fit)
  const background = { r: 0, g: 0, b: 0, alpha: 0 }
  const original = await sharp({ create: { width: 20, height: 20, channels: 4, background } })
    .png()
    .toBuffer()
  const prepared = await prepare(original)
  t.match(prepared, { kind: 'ready' })
  if (prepared.kind !== 'ready') return
  t.ok(((await sharp(prepared.bytes).raw().toBuffer())[0] ?? 0) > 250)
})

t.test(
  'the size of a GIF is that of its first frame, which may be larger than its screen',
  async t => {
    const plain = drawGif([10, 10], [[7_000, 7_000]])
    t.equal(readPixels(plain, 'image/gif'), 49_000_000)
    // After an extension block, such as that of the application that made the GIF.
    const comment = Buffer.from([0x21, 0xfe, 2, 0x61, 0x62, 0])
    const later = Buffer.concat([plain.subarray(0, 19), comment, comment, plain.subarray(19)])
    t.equal(judgeImage(later), 'image/gif')
    t.equal(readPixels(later, 'image/gif'), 49_000_000)
    t.equal(readPixels(drawGif([40, 30], [[4, 3]]), 'image/gif'), 1_200)
    t.equal(readPixels(plain.subarray(0, 25), 'image/gif'), undefined)
    t.equal(readPixels(drawGif([40, 30], []), 'image/gif'), undefined, 'without a frame')
    const prepare = await loadPrepare(fit)
    t.match(await prepare(drawGif([10, 10], [[60_000, 60_000]])), {
      reason: 'has more than 50,000,000 pixels',
    })
  },
)

t.test('a picture that takes too long is given up', async t => {
  const prepare = await loadPrepare(slowFit, 1)
  const late = { kind: 'refused', reason: 'takes longer than 1 s to decode' }
  t.strictSame(await prepare(await drawSlow()), late)
  t.strictSame(await prepare(await drawSlow(6)), late, 'one that is to be turned, too')
  t.match(
    await prepare(await drawJpeg()),
    { kind: 'ready' },
    'the next picture does not wait for it',
  )
})

t.test('a photo that cannot be made small enough is refused', async t => {
  const prepare = await loadPrepare({ maxPixels: 16, maxBytes: 200 })
  t.strictSame(await prepare(await drawNoise(300)), {
    kind: 'refused',
    reason: 'cannot be made to fit 200 bytes',
  })
})

t.test('a picture with random bytes changed is refused or becomes a JPEG', async t => {
  const prepare = await loadPrepare(fit)
  const next = seededBelow(t)
  const small = () => draw({ width: 60, height: 60 })
  const originals = [
    ...[jpeg, gif, png, webp, await small().jpeg().toBuffer()],
    ...[await small().tiff({ compression: 'lzw' }).toBuffer(), await small().avif().toBuffer()],
    ...[await small().jpeg({ progressive: true }).toBuffer()],
  ]
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(originals[round % originals.length] ?? jpeg)
    for (let flips = 0; flips < 1 + next(20); flips++) bytes[next(bytes.length)] = next(256)
    const prepared = await prepare(bytes)
    const isSound =
      prepared.kind === 'refused'
        ? prepared.reason !== ''
        : judgeImage(prepared.bytes) === 'image/jpeg'
    if (!isSound) t.fail(bytes.toString('base64'))
  }
  t.pass('300 pictures')
})
