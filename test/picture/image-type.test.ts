import t from 'tap'
import { judgeImage } from '../../src/picture/image-type.ts'
import { gif, jpeg, jpegOf, png, webp } from '../fixtures/images.ts'
import { fc } from '../fixtures/property.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const latin = (text: string) => Buffer.from(text, 'latin1')

// Two scans with tables between them, stuffed ff00, a restart marker and fill bytes.
const progressive = Buffer.concat([
  hex('ffd8 ffe0 0004 4142 ffdb 0005 010203'),
  hex('ffc2 000b 08 0004 0004 01 011100'),
  hex('ffc4 0006 00112233 ffda 0008 01 0100 0000 00'),
  hex('1122 ff00 33 ffd0 44 ff00 55'),
  hex('ffff ffc4 0006 44556677 ffda 0008 01 0100 013f 10'),
  hex('ff00 ff00 66 ffd7 77'),
  hex('ffff ffd9'),
])
const withComment = jpegOf('a comment with \xff\xd9 in the middle')
const animated = Buffer.concat([
  latin('GIF89a'),
  hex('0400 0400 80 00 00 000000 ffffff'),
  hex('21ff0b 4e45545343415045322e30 03010000 00'),
  hex('21f904 00000000 00 2c 0000 0000 0400 0400 00 02 02 8c01 00'),
  hex('21fe 02 6869 00 2c 0000 0000 0400 0400 80 000000 ffffff 02 02 8c01 00'),
  hex('3b'),
])
const gif87 = Buffer.concat([latin('GIF87a'), gif.subarray(6)])

const images: [name: string, bytes: Buffer, type: string][] = [
  ['JPEG', jpeg, 'image/jpeg'],
  ['progressive JPEG', progressive, 'image/jpeg'],
  ['JPEG with comments', withComment, 'image/jpeg'],
  ['PNG', png, 'image/png'],
  ['GIF', gif, 'image/gif'],
  ['GIF of 1987', gif87, 'image/gif'],
  ['animated GIF', animated, 'image/gif'],
  ['WebP', webp, 'image/webp'],
]

t.test('what is not an image is refused', async t => {
  const rows: [title: string, bytes: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(4096)],
    ['HTML', latin('<!doctype html><script>alert(1)</script>')],
    ['SVG', latin('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['SVG after an XML declaration', latin('<?xml version="1.0"?><svg/>')],
    ['PDF', latin('%PDF-1.7')],
    ['BMP', latin('BM\x36\x00\x00\x00')],
    ['TIFF', hex('49492a00 08000000')],
    ['ICO', hex('00000100 0100')],
    ['AVIF', latin('\x00\x00\x00\x20ftypavif')],
    ['WAV, which is RIFF as well', latin('RIFF\x24\x00\x00\x00WAVEfmt ')],
    ['HTML before a JPEG', Buffer.concat([latin('<b>'), jpeg])],
    ['JPEG shifted by a byte', Buffer.concat([Buffer.from([0]), jpeg])],
    ['PNG sent as text', latin(png.toString('latin1').replace('\r\n', '\n'))],
  ]
  for (const [title, bytes] of rows) {
    t.test(title, async t => t.equal(judgeImage(bytes), 'not-an-image'))
  }
})

t.test('an image cut off at any byte is refused', async t => {
  for (const [name, bytes] of images) {
    t.test(name, async t => {
      const accepted = []
      for (let length = 0; length < bytes.length; length++) {
        if (judgeImage(bytes.subarray(0, length)).startsWith('image/')) accepted.push(length)
      }
      t.strictSame(accepted, [])
    })
  }
})

t.test('an image whose tail is still zeros is refused, however long the written part', async t => {
  // A writer that reserves the whole length first. WebP has no end mark, PNG a checksum after its own.
  for (const [name, bytes, type] of images.filter(([, , type]) => type !== 'image/webp')) {
    t.test(name, async t => {
      const accepted = []
      const end = bytes.length - (type === 'image/png' ? 4 : 0)
      for (let length = 0; length < end; length++) {
        const written = Buffer.alloc(bytes.length)
        bytes.copy(written, 0, 0, length)
        if (judgeImage(written).startsWith('image/')) accepted.push(length)
      }
      t.strictSame(accepted, [])
    })
  }
})

t.test('an image whose structure makes no sense is refused', async t => {
  const riff = (text: string) => latin(`RIFF\x0c\x00\x00\x00WEBP${text}`)
  const rows: [title: string, bytes: Buffer][] = [
    ['JPEG without a frame', hex('ffd8 fffe 0004 4142 ffd9')],
    ['JPEG that ends where it begins', hex('ffd8 ffd9')],
    [
      'JPEG with a table in place of a frame',
      hex('ffd8 ffc4 0004 0000 ffc8 0004 0000 ffcc 0004 0000 ffd9'),
    ],
    ['JPEG with no marker after a segment', hex('ffd8 fffe 0004 4142 00d9')],
    ['JPEG of fill bytes', Buffer.concat([hex('ffd8'), Buffer.alloc(1000, 0xff)])],
    [
      'JPEG with segments of length 0',
      Buffer.concat([hex('ffd8'), Buffer.alloc(999, hex('ffe00000'))]),
    ],
    ['PNG whose chunk is longer than the file', hex('89504e470d0a1a0a ffffffff 49484452 00000000')],
    ['GIF with an unknown block', Buffer.concat([latin('GIF89a'), hex('0400 0400 00 00 00 99')])],
    ['WebP with no chunk', latin('RIFF\x04\x00\x00\x00WEBP')],
    ['WebP whose only chunk is not a picture', riff('JUNK\x00\x00\x00\x00')],
    ['WebP with a script for a picture', riff('<b><b>hi')],
  ]
  for (const [title, bytes] of rows) {
    t.test(title, async t => t.equal(judgeImage(bytes), 'incomplete'))
  }
})

t.test('a whole image has the type that its bytes say', async t => {
  for (const [name, bytes, type] of images) {
    t.test(name, async t => t.equal(judgeImage(bytes), type))
  }
})

t.test('bytes after the end of a whole image do no harm', async t => {
  for (const [name, bytes, type] of images) {
    t.test(name, async t => {
      for (const tail of [Buffer.alloc(1), Buffer.alloc(512), latin('more than asked for')]) {
        t.equal(judgeImage(Buffer.concat([bytes, tail])), type)
      }
    })
  }
})

t.test('random bytes are judged without an exception, whatever they start with', async () => {
  const heads = ['', 'ffd8ff', '89504e470d0a1a0a', '474946383961', '474946383761', '52494646']
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 600 }), (head, tail) => {
      judgeImage(Buffer.concat([hex(head), tail]))
    }),
    { numRuns: 5_000 },
  )
})

t.test('a damaged image is judged without an exception', async () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.constantFrom(...images), damage, ([, bytes], places) => {
      const damaged = Buffer.from(bytes)
      for (const [at, value] of places) damaged[at % damaged.length] = value
      judgeImage(damaged)
    }),
    { numRuns: 5_000 },
  )
})
