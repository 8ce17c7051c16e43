import t from 'tap'
import { barOf } from '../../src/text/bar.ts'

t.test('any share is seen, only all of it fills the bar, and every bar has one width', async t => {
  const rows: [number, string, string][] = [
    [0, '', ''],
    [1e-9, '▏', '#'],
    [0.25, '█', '#'],
    [0.4, '█▋', '##'],
    [0.5, '██', '##'],
    [0.999_999, '███▉', '###'],
    [1, '████', '####'],
    [7, '████', '####'],
    [-1, '', ''],
  ]
  for (const [share, unicode, ascii] of rows) {
    const [bar, rest] = barOf(share, { width: 4, isUnicode: true })
    t.equal(bar, unicode, `${share}`)
    t.equal(bar.length + rest.length, 4)
    t.equal(rest.trim(), '')
    t.equal(barOf(share, { width: 4, isUnicode: false }).join(''), ascii.padEnd(4, '.'))
  }
})
