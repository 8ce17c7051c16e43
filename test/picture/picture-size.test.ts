// Compares the sizes in the heads of pictures with those that the decoder finds.
import t from 'tap'
import { judgeImage } from '../../src/picture/image-type.ts'
import { readPixels } from '../../src/picture/picture-size.ts'
import { draw } from '../fixtures/pictures.ts'
import { fc, holds } from '../fixtures/property.ts'

t.test('a head that ends too early says nothing', async t => {
  const types = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const
  holds(
    t,
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...types), (bytes, type) => {
      const pixels = readPixels(Buffer.from(bytes), type)
      return pixels === undefined || pixels >= 0
    }),
    2_000,
  )
  t.equal(readPixels(Buffer.from('ffd8ffe00010', 'hex'), 'image/jpeg'), undefined)
})

for (const [width, height] of [
  [1, 1],
  [17, 300],
  [640, 3],
  [16_000, 2],
] as const) {
  t.test(`${width} by ${height} in every form`, async t => {
    const drawn = () => draw({ width, height })
    const forms = {
      jpeg: drawn().jpeg(),
      progressive: drawn().jpeg({ progressive: true }),
      'with much before the frame': drawn()
        .withExif({ IFD0: { Copyright: 'x'.repeat(20_000) } })
        .jpeg(),
      png: drawn().png(),
      'interlaced png': drawn().png({ progressive: true }),
      gif: drawn().gif(),
      webp: drawn().webp(),
      'lossless webp': drawn().webp({ lossless: true }),
      'webp with transparency': drawn().ensureAlpha(0.5).webp(),
    }
    for (const [name, form] of Object.entries(forms)) {
      const bytes = await form.toBuffer()
      const type = judgeImage(bytes)
      if (type === 'incomplete' || type === 'not-an-image') t.fail(name)
      else t.equal(readPixels(bytes, type), width * height, name)
    }
  })
}
