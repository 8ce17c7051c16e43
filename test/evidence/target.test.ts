import t from 'tap'
import type { Target } from '../../src/evidence/target.ts'
import { parseTarget } from '../../src/evidence/target.ts'
import { fc } from '../fixtures/property.ts'

const joe: Target = { kind: 'photo', address: 'joe@acme.example' }
const nobody: Target = { kind: 'photo', address: undefined }
const badEncoding: Target = { kind: 'bad-encoding' }
/** As it comes out of Node's parser: bytes as latin1. */
const wire = (text: string) => Buffer.from(text).toString('latin1')

t.test('a path that two servers may read differently names no photo', async t => {
  const rows = [
    '',
    '/',
    '*',
    '/joe@acme.example',
    '/joe@acme.example.jpeg',
    '/joe@acme.example.png',
    '/.jpg',
    'joe@acme.example.jpg',
    '//joe@acme.example.jpg',
    '/./joe@acme.example.jpg',
    '/x/../joe@acme.example.jpg',
    '/photos/joe@acme.example.jpg',
    '/joe@acme.example.jpg/',
    '/joe@acme.example.jpg/x',
    '/joe@acme.example.jpg;x',
    '/joe;x@acme.example.jpg',
    '/joe@acme.example;.jpg',
    '/joe@acme.example.jpg%20',
    '/joe@acme.example.jpg%00',
    '/joe@acme.example%00.jpg',
    '/joe@acme.example.jpg#x',
    '/joe@acme.example#.jpg',
    '/joe@acme.example.jpg%23x',
    '/joe@acme.example.jpg%3Fx',
    '/joe@acme.example%3F.jpg',
    '/%2fjoe@acme.example.jpg',
    '/%2Fjoe@acme.example.jpg',
    '/x%2f..%2fjoe@acme.example.jpg',
    '/%5cjoe@acme.example.jpg',
    '/%5Cjoe@acme.example.jpg',
    '/\\joe@acme.example.jpg',
    '/..%5c..%5cetc/passwd.jpg',
    '/%2e%2e/joe@acme.example.jpg',
    '/..joe@acme.example.jpg',
    '/joe..@acme.example.jpg',
    '/%6aoe@acme.example.jpg%0a',
    '/joe%0d%0a@acme.example.jpg',
    '/joe%E2%80%AE@acme.example.jpg',
    '/joe%E2%80%8B@acme.example.jpg',
    '/joe%20@acme.example.jpg',
    '/joe@@acme.example.jpg',
    '/joe@acme@example.jpg',
    '/joe%40acme%40example.jpg',
    '/Photo?email=joe@acme.example',
    '/photo/?email=joe@acme.example',
    '/photo/x?email=joe@acme.example',
    '/photo;x?email=joe@acme.example',
    '/photo%3Femail=joe@acme.example',
    '/photo',
    '/photo?',
    '/photo?email',
    '/photo?email=',
    '/photo?Email=joe@acme.example',
    '/photo?email[]=joe@acme.example',
    '/photo?email=joe@acme.example&email=joe@acme.example',
    '/photo?email=sue@acme.example&email=joe@acme.example',
    '/photo?%65mail=sue@acme.example&email=joe@acme.example',
    '/photo?email=joe@acme.example#x',
    '/photo?email=../joe@acme.example',
    '/photo?email=joe@acme.example;x=1',
    '/photo?email=joe+acme.example',
    '/profiles%2fphoto.do?email=joe@acme.example',
    '/userinfo//image?email=joe@acme.example',
    '/photo?uid=1',
    '/-/healthz/',
    '/-/Healthz',
    '/-%2fhealthz',
    '//-/healthz',
    '/-/',
    'http://acme.example',
    'http://acme.example?email=joe@acme.example',
    'ftp://acme.example/joe@acme.example.jpg',
    'http:///x/joe@acme.example.jpg',
    'http://a\\b/..//joe@acme.example.jpg',
    'acme.example:443',
    `/${'a'.repeat(300)}@acme.example.jpg`,
    `/${'a/'.repeat(7000)}joe@acme.example.jpg`,
  ]
  for (const url of rows)
    t.test(url.slice(0, 60), async t => t.strictSame(parseTarget(url), nobody))
})

t.test('percent-encoding that is broken, or done twice, is bad', async t => {
  const rows = [
    '/%',
    '/%4',
    '/%zz',
    '/%u0040.jpg',
    '/joe%@acme.example.jpg',
    '/joe%ff@acme.example.jpg',
    '/joe%c0%ae@acme.example.jpg',
    '/joe%ed%a0%80@acme.example.jpg',
    '/joe%e2%82@acme.example.jpg',
    '/joe\xff@acme.example.jpg',
    '/joe\xc3@acme.example.jpg',
    '/joe%2540acme.example.jpg',
    '/%252e%252e/x.jpg',
    '/joe%25@acme.example.jpg',
    '/%25',
    '/photo?email=%',
    '/photo?email=joe%2540acme.example',
    '/photo?email=%zz&email=joe@acme.example',
    '/userinfo/image?x=1&email=%f',
    'http://acme.example/%zz',
  ]
  for (const url of rows) t.test(url, async t => t.strictSame(parseTarget(url), badEncoding))
})

t.test('every known way to ask for a photo leads to its address', async t => {
  const rows = [
    '/joe@acme.example.jpg',
    '/joe%40acme.example.jpg',
    '/%6Aoe@acme%2Eexample%2ejpg',
    '/%6Aoe@acme.example.%6ap%67',
    '/JOE@ACME.EXAMPLE.JPG',
    '/joe@acme.example.jpg?',
    '/joe@acme.example.jpg?lastMod=1&x=%zz',
    '/joe@acme.example.jpg?email=sue@acme.example',
    '/photo?email=joe@acme.example',
    '/photo?email=JOE%40acme.example',
    '/%70hoto?email=joe@acme.example',
    '/photo?%65mail=joe@acme.example',
    '/userinfo/image?email=joe%40acme.example',
    '/profiles/photo.do?email=joe@acme.example&lastMod=1234567890',
    '/profiles/photo.do?lastMod=%zz&email=joe@acme.example',
    '/profiles/photo.do?&&x&email=joe@acme.example=tail',
    'http://acme.example/joe@acme.example.jpg',
    'HTTPS://user:secret@evil.example:99/joe@acme.example.jpg',
    'http:///joe@acme.example.jpg',
    'http://[::1]/photo?email=joe@acme.example',
  ]
  for (const url of rows) t.test(url, async t => t.strictSame(parseTarget(url), joe))
})

t.test('special letters in an address arrive unchanged', async t => {
  const rows = [
    ['/joe+tag@acme.example.jpg', 'joe+tag@acme.example'],
    ['/photo?email=joe+tag@acme.example', 'joe+tag@acme.example'],
    ['/photo?email=joe%2Btag%40acme.example', 'joe+tag@acme.example'],
    ["/o'neil@acme.example.jpg", "o'neil@acme.example"],
    ['/o%27neil@acme.example.jpg', "o'neil@acme.example"],
    ['/j%C3%B6rg@acme.example.jpg', 'j\u00f6rg@acme.example'],
    ['/jo%CC%88rg@acme.example.jpg', 'j\u00f6rg@acme.example'],
    [wire('/j\u00f6rg@acme.example.jpg'), 'j\u00f6rg@acme.example'],
    [wire('/JO\u0308RG@acme.example.jpg'), 'j\u00f6rg@acme.example'],
    ['/photo?email=J%C3%96RG@acme.example', 'j\u00f6rg@acme.example'],
    [`/${'%41'.repeat(241)}@acme.example.jpg`, `${'a'.repeat(241)}@acme.example`],
  ] as const
  for (const [url, address] of rows) {
    t.test(url.slice(0, 60), async t => t.strictSame(parseTarget(url), { kind: 'photo', address }))
  }
})

t.test('each page of the gate is found under its exact name only', async t => {
  t.strictSame(parseTarget('/-/healthz'), { kind: 'health' })
  t.strictSame(parseTarget('/-/readyz?verbose'), { kind: 'ready' })
  t.strictSame(parseTarget('/-/healthz?verbose=%zz'), { kind: 'health' })
  t.strictSame(parseTarget('/-/turned-away'), { kind: 'page' })
  t.strictSame(parseTarget('http://x/-/turned%2Daway?rd=//evil.example'), { kind: 'page' })
})

// Any subset of the bytes encoded, in either case of hexadecimal.
const encoding = fc.infiniteStream(fc.constantFrom('plain', 'lower', 'upper'))
function encode(text: string, ways: Iterator<string>): string {
  return [...Buffer.from(text)]
    .map(byte => {
      const hex = byte.toString(16).padStart(2, '0')
      const way = ways.next().value
      if (way === 'lower') return `%${hex}`
      return way === 'upper' ? `%${hex.toUpperCase()}` : String.fromCharCode(byte)
    })
    .join('')
}
const letter = fc.constantFrom(
  ...'abcXYZ019.+-_\u00f6\u0130\u00c5\u{1f600}o\u0308'.normalize('NFC'),
  "'",
)
const word = fc.array(letter, { minLength: 1, maxLength: 20 }).map(letters => letters.join(''))
const address = fc.tuple(word, word).map(([name, host]) => `${name}@${host}`)

t.test('every encoding of an address is decided like the plain address', async () => {
  const origin = fc.constantFrom('', 'http://acme.example', 'HTTPS://evil.example:8443')
  fc.assert(
    fc.property(address, encoding, origin, (text, ways, host) => {
      const plain = JSON.stringify(parseTarget(wire(`/${text}.jpg`)))
      const byPath = parseTarget(`${host}/${encode(`${text}.jpg`, ways)}`)
      const byQuery = parseTarget(
        `${host}/photo?lastMod=1&${encode('email', ways)}=${encode(text, ways)}`,
      )
      return JSON.stringify(byPath) === plain && JSON.stringify(byQuery) === plain
    }),
    { numRuns: 5_000 },
  )
})

t.test('the address in a query is the one that a full parser finds', async () => {
  const piece = fc.constantFrom(
    ...[
      '&',
      '&',
      '=',
      'email',
      'email=',
      '%65mail=',
      'e%6Dai%6c',
      'Email=',
      'xemail=',
      'a@b.c',
      '%',
    ],
    ...['%zz', '%2541', 'emailx', 'joe%40x.y', '+', 'lastMod=1'],
  )
  const nameOf = (pair: string) => {
    try {
      return decodeURIComponent(pair.split('=')[0] ?? '')
    } catch {
      return undefined
    }
  }
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), pieces => {
      const query = pieces.join('')
      const values = query
        .split('&')
        .filter(pair => nameOf(pair) === 'email')
        .map(pair => pair.split('=')[1] ?? '')
      // By a path, which has one address at most.
      const targets = values.slice(0, 2).map(value => parseTarget(`/${value}.jpg`))
      const isBad = targets.some(({ kind }) => kind === 'bad-encoding')
      const [only, ...others] = targets
      const wanted = isBad
        ? { kind: 'bad-encoding' }
        : only === undefined || others.length > 0
          ? { kind: 'photo', address: undefined }
          : only
      return JSON.stringify(parseTarget(`/photo?${query}`)) === JSON.stringify(wanted)
    }),
    { numRuns: 5_000 },
  )
})

t.test('no request-target is a fault', async () => {
  const piece = fc.constantFrom(
    '/',
    '%',
    '%2f',
    '%00',
    '..',
    '?',
    '&',
    '=',
    'email',
    'photo',
    '@',
    '.jpg',
    '#',
    ';',
    'http://',
  )
  const latin1 = fc.uint8Array().map(bytes => Buffer.from(bytes).toString('latin1'))
  const url = fc.oneof(
    latin1,
    fc.array(fc.oneof(piece, latin1)).map(pieces => pieces.join('')),
  )
  fc.assert(
    fc.property(url, text => void parseTarget(text)),
    { numRuns: 5_000 },
  )
})

t.test(
  'the longest address is read, however it is encoded, and nothing longer is decoded',
  async t => {
    const address = `${'€'.repeat(241)}@acme.example`
    const encode = (text: string) =>
      Buffer.from(text)
        .toString('hex')
        .replace(/../g, hex => `%${hex}`)
    for (const [before, after] of [
      ['/', '%2e%6a%70%67'],
      ['/photo?email=', '&x=1'],
    ]) {
      t.strictSame(parseTarget(`${before}${encode(address)}${after}`), { kind: 'photo', address })
      const longer = `${before}${encode(`${'€'.repeat(30)}${address}`)}%zz${after}`
      t.strictSame(parseTarget(longer), { kind: 'photo', address: undefined })
    }
  },
)

t.test('blanks around an address in the query are trimmed', async t => {
  const joe = { kind: 'photo', address: 'joe@acme.example' }
  for (const query of ['%20joe@acme.example', 'joe@acme.example%20%20', '%09joe@acme.example%0d'])
    t.test(query, async t => t.strictSame(parseTarget(`/photo?email=${query}`), joe))
})
