import t from 'tap'
import { decodeWindows1252, findWindows1252Byte } from '../../src/text/windows-1252.ts'

t.test('a character that Windows-1252 does not have has no byte', async t => {
  for (const char of ['č', '\x80', '\x9f', '漢', '😀'])
    t.equal(findWindows1252Byte(char.codePointAt(0) as number), undefined, JSON.stringify(char))
})

t.test('all 256 bytes read back the same', async t => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
  const text = decodeWindows1252(bytes)
  t.match(text, /€.*ü/)
  t.strictSame(
    [...text].map(char => findWindows1252Byte(char.codePointAt(0) as number)),
    [...bytes],
  )
})
