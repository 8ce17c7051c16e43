import t from 'tap'
import { decodeLmbcs } from '../../src/ltpa/lmbcs.ts'
import { buildIdentityPattern, matchesIdentity } from '../../src/policy/identity-pattern.ts'
import { fc } from '../fixtures/property.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

t.test(
  'bytes that cannot be decoded stay escaped, and so do the backslashes of the name',
  async t => {
    const rows: [string, string, string][] = [
      ['a control character', 'CN=a\nb', String.raw`CN=a\x0ab`],
      ['an escape sequence', '\x1b[2J', String.raw`\x1b[2J`],
      ['DEL', 'a\x7f', String.raw`a\x7f`],
      ['a control character by its group', 'a\x0f\x41b', String.raw`a\x0fAb`],
      ['an unknown group', '\x07\x81', String.raw`\x07ü`],
      ['a group at the end', 'a\x06', String.raw`a\x06`],
      ['a group of pairs cut off', '\x10\x8e', String.raw`\x10\x8e`],
      ['a lower half under a group byte', '\x01A', String.raw`\x01\x41`],
      ['a pair that its code page does not have', '\x13\xff\xff', String.raw`\x13\xff\xff`],
      ['ASCII led by a group', '\x10\x10A', String.raw`\x10\x10\x41`],
      ['ASCII in Unicode', '\x14\x00A', String.raw`\x14\x00\x41`],
      ['half of a surrogate pair', '\x14\xd8\x3d', String.raw`\x14\xd8\x3d`],
      ['another half', '\x14\xde\x00x', String.raw`\x14\xde\x00x`],
      ['Unicode cut off', '\x14\x20', String.raw`\x14\x20`],
      ['a change of direction', '\x14\x20\x2e', String.raw`\x14\x20\x2e`],
      ['an invisible hyphen', 'a\xf0b', String.raw`a\xf0b`],
      ['a hole of a code page', '\x02\x91', String.raw`\x02\x91`],
      ['with a backslash', 'a\\b\x07', String.raw`a\x5cb\x07`],
    ]
    for (const [title, name, text] of rows) {
      await t.test(title, async t => {
        t.strictSame(decodeLmbcs(bytesOf(name)), { text, isWhole: false })
      })
    }
  },
)

t.test('names are decoded by the group of each character', async t => {
  const rows: [string, string, string][] = [
    ['ASCII', 'CN=Joe Bloggs/O=Acme', 'CN=Joe Bloggs/O=Acme'],
    ['a backslash', 'CN=back\\slash', 'CN=back\\slash'],
    ['nothing', '', ''],
    ['Latin 1, alone', 'CN=J\x81rgen M\x81ller/OU=K\x94ln', 'CN=Jürgen Müller/OU=Köln'],
    ['Latin 1, by its group', 'J\x01\x81rgen', 'Jürgen'],
    ['Greek', '\x02\x9b\x02\xd6', 'άα'],
    ['Hebrew', '\x03\xe0', 'א'],
    ['the euro sign', '\x03\x80', '€'],
    ['Arabic', '\x04\xc7', 'ا'],
    ['Cyrillic', '\x05\xc8\x05\xe2\x05\xe0\x05\xed', 'Иван'],
    ['Latin 2', '\x06\x9dukasz \x06\xbd\xa2\x06\x88\x06\x86', 'Łukasz Żółć'],
    ['Turkish', '\x08\xdd', 'İ'],
    ['Thai', '\x0b\xa1', 'ก'],
    ['Japanese', '\x10\x8eR\x10\x93c \x10\x91\xbe\x10\x98Y', '山田 太郎'],
    ['Japanese, of a single byte', '\x10\x10\xb1', 'ｱ'],
    ['Korean', '\x11\xb0\xa1', '가'],
    ['Chinese of Taiwan', '\x12\xa4\xa4', '中'],
    ['Chinese', '\x13\xd6\xd0', '中'],
    ['Unicode', '\x14\x01\x41', 'Ł'],
    ['Unicode with a low byte of zero', '\x14\xf6\x4e', '一'],
    ['Unicode, a pair of surrogates', '\x14\xd8\x3d\x14\xde\x00', '😀'],
  ]
  for (const [title, name, text] of rows) {
    await t.test(title, async t => {
      t.strictSame(decodeLmbcs(bytesOf(name)), { text, isWhole: true })
    })
  }
})

t.test('the decoder never throws, and its text is printable', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), bytes => {
      const { text, isWhole } = decodeLmbcs(Buffer.from(bytes))
      return !/[\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(text) && (isWhole || /\\x[0-9a-f]{2}/.test(text))
    }),
    { numRuns: 20_000 },
  )
})

t.test('a name with bytes that cannot be decoded matches no pattern', async t => {
  const pattern = buildIdentityPattern({ users: ['*'] })
  const identity = { format: 'Domino', realm: undefined, keyId: '0', expiresMs: 1 } as const
  t.equal(matchesIdentity(pattern, { ...identity, user: 'CN=a', isUnclear: true }), false)
  t.equal(matchesIdentity(pattern, { ...identity, user: 'CN=a' }), true)
  t.equal(
    matchesIdentity(buildIdentityPattern({}), { ...identity, user: 'CN=a', isUnclear: true }),
    true,
  )
})
