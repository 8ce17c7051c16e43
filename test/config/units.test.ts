import t from 'tap'
import { parseDuration, parseSize } from '../../src/config/units.ts'

t.test('a text that is not an amount with a unit is refused', async t => {
  const texts = [
    '',
    '5',
    'm',
    '-5m',
    '+5m',
    '5 m',
    ' 5m',
    '5m ',
    '1.5m',
    '1e3s',
    '0x5m',
    '5M',
    '5min',
  ]
  texts.push('5m5s', '5\u00b5', '1234567890s', '5constructor', '5toString', '5__proto__', '\u0665m')
  for (const text of texts) {
    t.test(`${JSON.stringify(text)} is not a duration`, async t => {
      t.equal(parseDuration(text), undefined)
    })
  }
  for (const text of [
    '',
    '256',
    'MiB',
    '-1MiB',
    '1.5GiB',
    '256 MiB',
    '256mib',
    '256M',
    '5m',
    '1TiB',
  ]) {
    t.test(`${JSON.stringify(text)} is not a size`, async t => {
      t.equal(parseSize(text), undefined)
    })
  }
})

t.test('durations become seconds', async t => {
  const rows: [string, number][] = [
    ['0s', 0],
    ['90s', 90],
    ['5m', 300],
    ['1h', 3_600],
    ['7d', 604_800],
    ['007s', 7],
  ]
  for (const [text, seconds] of rows) {
    t.test(`${text} is ${seconds} seconds`, async t => {
      t.equal(parseDuration(text), seconds)
    })
  }
})

t.test('sizes become bytes, decimal and binary', async t => {
  const rows: [string, number][] = [
    ['0B', 0],
    ['512B', 512],
    ['2KB', 2_000],
    ['2KiB', 2_048],
    ['3MB', 3_000_000],
    ['256MiB', 268_435_456],
    ['1GB', 1_000_000_000],
    ['4GiB', 4_294_967_296],
  ]
  for (const [text, bytes] of rows) {
    t.test(`${text} is ${bytes} bytes`, async t => {
      t.equal(parseSize(text), bytes)
    })
  }
})
