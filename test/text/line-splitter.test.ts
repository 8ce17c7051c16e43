import t from 'tap'
import { buildLineSplitter, maxLineLength } from '../../src/text/line-splitter.ts'
import { fc, holds } from '../fixtures/property.ts'

function split(chunks: readonly Buffer[]): (string | undefined)[] {
  const lines: (string | undefined)[] = []
  const splitter = buildLineSplitter(line => lines.push(line))
  for (const chunk of chunks) {
    // A reader may reuse the memory of a chunk.
    const reused = Buffer.from(chunk)
    splitter.push(reused)
    reused.fill('#')
  }
  splitter.end()
  return lines
}

const ofText = (...chunks: string[]) => split(chunks.map(chunk => Buffer.from(chunk, 'latin1')))
const longest = 'x'.repeat(maxLineLength)

t.test('a line that is too long is reported once, and the next lines are read', async t => {
  t.strictSame(ofText(`${longest}y\nnext\n`), [undefined, 'next'])
  t.strictSame(ofText(longest, 'y', longest, '\nnext'), [undefined, 'next'])
  t.strictSame(ofText('a\n', longest, longest), ['a', undefined], 'at the end')
  t.strictSame(ofText(`${longest}\n`, longest), [longest, longest], 'of the longest length')
})

t.test('a line ends with LF or CR LF, and the last one may end without', async t => {
  t.strictSame(ofText(''), [])
  t.strictSame(ofText('a\nb'), ['a', 'b'])
  t.strictSame(ofText('a\r\nb\r', '\n', '\r\n', '\n'), ['a', 'b', '', ''])
  t.strictSame(ofText('a\rb\n'), ['a\rb'])
  t.strictSame(ofText('\xff\xe9\n'), ['\xff\xe9'], 'a character for each byte')
})

t.test('a gigabyte without a line end does not fill memory', async t => {
  const lines: (string | undefined)[] = []
  const splitter = buildLineSplitter(line => lines.push(line))
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 1024; count++) splitter.push(chunk)
  t.ok(process.memoryUsage().arrayBuffers - before < 2 * 1024 * 1024)
  splitter.push(Buffer.from('\nok\n'))
  t.strictSame(lines, [undefined, 'ok'])
})

t.test('where chunks are cut makes no difference', async t => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r', '\r\n', '\n\n', longest, `${longest}x`, longest.slice(1)),
    fc.string({ maxLength: 20 }),
  )
  const property = fc.property(
    fc.array(piece, { maxLength: 8 }),
    fc.array(fc.nat(1_000_000), { maxLength: 12 }),
    (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(''), 'latin1')
      const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)), bytes.length]
      const sorted = places.sort((a, b) => a - b)
      const chunks = sorted.slice(1).map((end, at) => bytes.subarray(sorted[at], end))
      t.strictSame(split(chunks), split([bytes]))
      const text = bytes.toString('latin1')
      const plain = (text.endsWith('\n') || text === '' ? text.slice(0, -1) : text).split('\n')
      const expected = plain.map(line =>
        line.length > maxLineLength ? undefined : line.replace(/\r$/, ''),
      )
      return JSON.stringify(split(chunks)) === JSON.stringify(text === '' ? [] : expected)
    },
  )
  holds(t, property, 300)
})
