import t from 'tap'
import { placeholder } from '../../src/photo/placeholder.ts'
import { judgeImage } from '../../src/picture/image-type.ts'

t.test('the placeholder is a whole GIF of 96 by 96 pixels', async t => {
  t.equal(judgeImage(placeholder.bytes), 'image/gif')
  t.equal(placeholder.type, 'image/gif')
  t.equal(placeholder.bytes.readUInt16LE(6), 96)
  t.equal(placeholder.bytes.readUInt16LE(8), 96)
  t.match(placeholder.etag, /^"[\w-]{27}"$/)
})
