import t from 'tap'
import { parseForwarded, parseHop, parseNode } from '../../src/evidence/forwarded.ts'
import { fc } from '../fixtures/property.ts'

t.test('text that is not certainly an address is not a hop', async t => {
  const rows = [
    '',
    ' ',
    'unknown',
    '_hid',
    '_hidden.example',
    'localhost',
    'acme.example',
    '10.1',
    '10',
    '010.0.0.1',
    '0x0a.0.0.1',
    '0x0a.1',
    '256.1.1.1',
    '1.2.3.4.5',
    '1.2.3.4:',
    '1.2.3.4:x',
    '1.2.3.4:123456',
    '1.2.3.4/32',
    'fe80::1%eth0',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]:443',
    '[10.0.0.1]',
    '[]',
    '[::1',
    '::1]',
    '[::1]x',
    '[::1]:',
    '::10.1.2.3',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '"1.2.3.4"',
    '1.2.3.4, 5.6.7.8',
    '1.2.3.4\0',
    '\u0661.2.3.4',
    '0.0.0.0',
    '0.0.0.0:80',
    '::',
    '0:0:0:0:0:0:0:0',
    '[::]:443',
    '::ffff:0.0.0.0',
    '::0.0.0.0',
  ]
  for (const text of rows) t.test(text, async t => t.equal(parseHop(text), undefined))
})

t.test('a hop is an address, in brackets or with a port', async t => {
  const rows = [
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:80', '1.2.3.4'],
    ['2001:DB8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8:0:0::1]:4711', '2001:db8::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['[::ffff:10.0.0.1]:443', '10.0.0.1'],
    ['::1', '::1'],
  ] as const
  for (const [text, address] of rows) {
    t.test(text, async t => t.equal(parseHop(text)?.text, address))
  }
})

t.test('a hop of Forwarded has IPv6 in brackets, and may have an obfuscated port', async t => {
  for (const text of [
    '2001:db8::1',
    '::1',
    '2001:db8::1:4711',
    '::ffff:10.0.0.1',
    '1.2.3.4:',
    '1.2.3.4:_',
    '1.2.3.4:_a b',
    '1.2.3.4:_a:80',
    '[2001:db8::1]:_',
    '[10.0.0.1]:_http',
    '_hid:_http',
    'unknown:_http',
    '0.0.0.0:_http',
    '[::]',
    '',
  ]) {
    t.equal(parseNode(text), undefined, text)
  }
  for (const [text, address] of [
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:80', '1.2.3.4'],
    ['1.2.3.4:_http', '1.2.3.4'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:db8::1]:_a.b-c_D9', '2001:db8::1'],
  ] as const) {
    t.equal(parseNode(text)?.text, address, text)
  }
})

t.test('a malformed Forwarded header is refused as a whole', async t => {
  const rows = [
    '',
    ' ',
    ',',
    'for',
    'for=',
    '=1.2.3.4',
    'for=1.2.3.4;for=5.6.7.8',
    'for=1.2.3.4;For=5.6.7.8',
    'for=1.2.3.4 for=5.6.7.8',
    'for=2001:db8::1"',
    'for="1.2.3.4',
    'for="1.2.3.4, for=5.6.7.8',
    'for="1.2.3.4\\", for=5.6.7.8',
    'for=1.2.3.4, for="',
    'for="1.2.3.4"x',
    'for = 1.2.3.4',
    '1.2.3.4',
    'for=\u00e4',
    ', ,',
    'for=1.2.3.4;x',
    `${'for=1.2.3.4,'.repeat(200)}for=5.6.7.8`,
    `${','.repeat(200)}for=5.6.7.8`,
  ]
  for (const text of rows) t.test(text, async t => t.equal(parseForwarded(text), undefined))
})

t.test('a last element with a semicolon at its end is not lost', async t => {
  // Losing it would make the client's own word, left of it, the last.
  for (const text of [
    'for=10.0.0.1, for=6.6.6.6;',
    'for=10.0.0.1,for=6.6.6.6;proto=http;',
    'for=10.0.0.1, for=6.6.6.6;,',
    'for=10.0.0.1,, for=6.6.6.6,,',
  ]) {
    t.test(text, async t => {
      const hops = parseForwarded(text)
      t.ok(hops === undefined || hops.at(-1) === '6.6.6.6', 'refused, or the right one is last')
    })
  }
})

t.test('each element gives its for, leftmost first', async t => {
  const rows: [text: string, hops: string[]][] = [
    ['for=1.2.3.4', ['1.2.3.4']],
    ['For=1.2.3.4', ['1.2.3.4']],
    ['for=1.2.3.4, for=5.6.7.8', ['1.2.3.4', '5.6.7.8']],
    ['for=1.2.3.4,for=5.6.7.8', ['1.2.3.4', '5.6.7.8']],
    ['for=1.2.3.4;proto=https;by=10.0.0.1', ['1.2.3.4']],
    ['proto=https; for=1.2.3.4 ,\tby=x', ['1.2.3.4', '']],
    ['for="[2001:db8::1]:4711"', ['[2001:db8::1]:4711']],
    ['for=unknown, for=_hid', ['unknown', '_hid']],
    ['for="a, for=b; \\"c\\" \\d"', ['a, for=b; "c" d']],
    ['for=""', ['']],
    ['secret=x', ['']],
    ['a=b;', ['']],
    [';', ['']],
    ['for=1.2.3.4,', ['1.2.3.4']],
    [',for=1.2.3.4', ['1.2.3.4']],
    [' ,\t,for=1.2.3.4 , , for=5.6.7.8, ', ['1.2.3.4', '5.6.7.8']],
    ['for=1.2.3.4;;by=x', ['1.2.3.4']],
    [';for=1.2.3.4;', ['1.2.3.4']],
    ['for=1.2.3.4, ;, for=5.6.7.8', ['1.2.3.4', '', '5.6.7.8']],
  ]
  for (const [text, hops] of rows) {
    t.test(text, async t => t.strictSame(parseForwarded(text), hops))
  }
})

t.test('text that is too long for an address is not one, quoted or escaped', async t => {
  for (const value of ['1'.repeat(10_000), '\\1'.repeat(5_000), `1.2.3.4${'\\ '.repeat(5_000)}`]) {
    const [hop = ''] = parseForwarded(`for="${value}"`) ?? []
    t.equal(parseNode(hop), undefined)
  }
  const escaped = [...'[2001:0db8:1111:2222:3333:4444:5555:6666]:12345'].map(each => `\\${each}`)
  const [hop = ''] = parseForwarded(`for="${escaped.join('')}"`) ?? []
  t.equal(parseNode(hop)?.text, '2001:db8:1111:2222:3333:4444:5555:6666')
})

t.test('whatever a client sends, the element that the front appends is the last', async () => {
  const alphabet = 'for=by;,"\\ \t1.2:[]x'
  const text = fc.array(fc.constantFrom(...alphabet)).map(letters => letters.join(''))
  fc.assert(
    fc.property(text, spoofed => {
      const hops = parseForwarded(`${spoofed}, for=6.6.6.6`)
      return hops === undefined || hops.at(-1) === '6.6.6.6'
    }),
    { numRuns: 5_000 },
  )
})
