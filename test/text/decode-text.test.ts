import t from 'tap'
import { decodeText } from '../../src/text/decode-text.ts'
import { fc } from '../fixtures/property.ts'

const utf16be = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()

t.test('a byte that is not UTF-8 is refused with its line and column', async t => {
  const rows: [string, Buffer, number, number, RegExp][] = [
    ['Latin-1', Buffer.from('a: 1\nb: m\xfcller\n', 'latin1'), 2, 5, /0xFC/],
    ['after a character of two bytes', Buffer.from([0xc3, 0xa4, 0xe4]), 1, 2, /0xE4/],
    ['a character cut off by the end', Buffer.from('ab\u20ac').subarray(0, 4), 1, 3, /0xE2/],
    ['a character cut off by another', Buffer.from([0x61, 0xe2, 0x82, 0x61]), 1, 2, /0xE2/],
    ['an overlong slash', Buffer.from([0x61, 0xc0, 0xaf]), 1, 2, /0xC0/],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), 1, 1, /0xED/],
    ['after CRLF and a lone CR', Buffer.from('a\r\nb\rc\xff', 'latin1'), 3, 2, /0xFF/],
  ]
  for (const [name, bytes, line, column, problem] of rows) {
    t.test(name, async t => {
      t.match(decodeText(bytes), { line, column, problem })
    })
  }
})

t.test(
  'UTF-16 without a byte order mark is refused, and so are bytes that are not text',
  async t => {
    t.match(decodeText(Buffer.from('a: 1\n', 'utf16le')), {
      line: 1,
      column: 2,
      problem: /NUL.*UTF-16/,
    })
    t.match(decodeText(Buffer.from('one\ntwo\0')), { line: 2, column: 4, problem: /NUL/ })
    t.match(decodeText(Buffer.from([0xff, 0xfe, 0x61])), { problem: /UTF-16/ })
    t.match(decodeText(Buffer.from([0xff, 0xfe, 0x00, 0xd8])), { problem: /UTF-16/ })
  },
)

t.test('UTF-8 and UTF-16 with a byte order mark are read, without the mark', async t => {
  const text = 'müller@acme.example\r\n€ \u{1f600}\n'
  t.same(decodeText(Buffer.from(text)), { text, encoding: 'utf-8' })
  t.same(decodeText(Buffer.from(`\ufeff${text}`)), { text, encoding: 'utf-8' })
  t.same(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le')), { text, encoding: 'utf-16le' })
  t.same(decodeText(utf16be(text)), { text, encoding: 'utf-16be' })
  t.same(decodeText(Buffer.alloc(0)), { text: '', encoding: 'utf-8' })
})

t.test(
  'any bytes are either read back the same or refused, and never hold a replacement',
  async t => {
    const seed = Date.now()
    t.comment(`seed ${seed}`)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const decoded = decodeText(bytes)
        if ('problem' in decoded) return decoded.line >= 1 && decoded.column >= 1
        if (decoded.encoding !== 'utf-8') return true
        const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
        return Buffer.from(decoded.text).equals(Buffer.from(bytes.subarray(mark)))
      }),
      { numRuns: 2_000, seed },
    )
  },
)
