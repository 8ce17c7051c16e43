import t from 'tap'
import { matchesPhoto, parsePhotoGlobs } from '../../src/policy/photo-glob.ts'
import { parseAddress } from '../../src/text/mail-address.ts'

import { fc, holds } from '../fixtures/property.ts'

t.test('a list of globs opens an address that one glob includes and none excludes', async t => {
  const rows: [string[], string, boolean][] = [
    [['*@acme.example'], 'joe@acme.example.org', false],
    [['*@acme.example'], 'joe@acme.exampl', false],
    [['*@acme.example'], 'joe@acmexexample', false],
    [['*@acme.example'], '', false],
    [['joe@acme.example'], 'xjoe@acme.example', false],
    [['joe@acme.example'], 'joe@acme.examplex', false],
    [['j?e@acme.example'], 'je@acme.example', false],
    [['j?e@acme.example'], 'jooe@acme.example', false],
    [['*@acme.example', '!ceo@acme.example'], 'ceo@acme.example', false],
    [['!ceo@acme.example', '*@acme.example'], 'ceo@acme.example', false],
    [['*@acme.example', '!CEO@acme.example'], 'ceo@acme.example', false],
    [['!ceo@*'], 'ceo@acme.example', false],
    [['!*'], 'joe@acme.example', false],
    [['*', '!*@acme.example'], 'joe@acme.example', false],
    [['.*@acme.example'], 'joe@acme.example', false],
    [['[j]oe@acme.example'], 'joe@acme.example', false],
    [['*', '!boss@xn--bcher-kva.example'], 'boss@b\u00fccher.example', false],
    [['*', '!BOSS@B\u00dcCHER.example'], 'boss@b\u00fccher.example', false],
    [['*', '!*@xn--*'], 'boss@b\u00fccher.example', false],
    [['*', '!*xn--bcher-kva.example'], 'boss@b\u00fccher.example', false],
    [['*', '!*@b\u00fc*'], 'boss@b\u00fccher.example', false],
    [['*', '!boss@b\u00fccher\u3002example'], 'boss@b\u00fccher.example', false],
    [['*', '!ΑΣ*@acme.example'], 'ασα@acme.example', false],
    [['*', '!*ΑΣ*@acme.example'], 'νασα@acme.example', false],
    [['*', '!ασ@acme.example'], 'ας@acme.example', false],
    [['*', '!ΑΣ@acme.example'], 'ασ@acme.example', false],
    [['*', '!*@ΒΌΛΟΣ.example'], 'ceo@βόλος.example', false],
    [['！ceo.*'], 'joe@acme.example', false],
    [['*', '!ﬁn.*'], 'ﬁn.joe@acme.example', false],
    [['*', '!*.xn--bcher-kva.example'], 'boss@hr.b\u00fccher.example', false],
    [['ﬁn.*'], 'fin.joe@acme.example', false],
    [['！ceo.*'], '！ceo.joe@acme.example', true],
    [['*', '!*@xn--*'], 'joe@acme.example', true],
    [['*@xn--bcher-kva.example'], 'boss@b\u00fccher.example', true],
    [['*@acme.example'], 'joe@acme.example', true],
    [['*@ACME.example'], 'joe@acme.example', true],
    [['*@acme.example', '!ceo@acme.example'], 'joe@acme.example', true],
    [['!ceo@acme.example'], 'joe@other.example', true],
    [['joe@*', 'ada@*'], 'ada@acme.example', true],
    [['*'], 'joe@acme.example', true],
    [['**'], 'joe@acme.example', true],
    [['joe@acme.example*'], 'joe@acme.example', true],
    [['*joe@acme.example'], 'joe@acme.example', true],
    [['*acme*'], 'joe@acme.example', true],
    [['j?e@acme.example'], 'joe@acme.example', true],
    [['jo\u0308e@acme.example'], 'j\u00f6e@acme.example', true],
    [['\u00d6ZIL@acme.example'], '\u00f6zil@acme.example', true],
  ]
  for (const [globs, address, expected] of rows) {
    t.test(
      `${globs.join(', ')} ${expected ? 'opens' : 'keeps'} ${address || '(none)'}`,
      async t => {
        t.equal(matchesPhoto(parsePhotoGlobs(globs), address), expected)
      },
    )
  }
})

t.test('? matches one character, including one beyond the basic plane', async t => {
  t.equal(matchesPhoto(parsePhotoGlobs(['*', '!?@acme.example']), '\u{20bb7}@acme.example'), false)
  t.equal(matchesPhoto(parsePhotoGlobs(['??@acme.example']), '\u{20bb7}@acme.example'), false)
})

t.test('an address that is written as a glob excludes itself, whatever its letters', async t => {
  const tricky = fc.constantFrom(
    'İ',
    'ı',
    'ß',
    'ẞ',
    'Σ',
    'ς',
    '\u0307',
    '\u0301',
    '\u0345',
    'K',
    'Å',
  )
  const unit = fc.oneof(
    tricky,
    fc.constantFrom('a', 'Z', '.', '-'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  )
  const local = fc.array(unit, { minLength: 1, maxLength: 6 }).map(parts => parts.join(''))
  holds(
    t,
    fc.property(local, name => {
      const written = `${name}@acme.example`
      const address = parseAddress(written)
      if (address === undefined || /[*?!]/.test(written)) return true
      return !matchesPhoto(parsePhotoGlobs(['*', `!${written}`]), address)
    }),
    5_000,
  )
})

t.test('a glob matches as the same regular expression does', async t => {
  const letter = fc.constantFrom('a', 'b', '@', '.', '*', '?')
  const glob = fc.array(letter, { maxLength: 8 }).map(parts => parts.join(''))
  const text = fc.array(fc.constantFrom('a', 'b', '@', '.'), { maxLength: 10 }).map(p => p.join(''))
  holds(
    t,
    fc.property(glob, text, (one, address) => {
      const source = one.replace(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.')
      const expected = new RegExp(`^${source}$`, 's').test(address)
      return matchesPhoto({ included: [one], excluded: [] }, address) === expected
    }),
    5_000,
  )
})

t.test('a glob of many stars takes no more steps than glob times address', async t => {
  // Counts how often the glob is read, in place of measuring time.
  let looks = 0
  const counted = (text: string) =>
    new Proxy(Object(text) as object, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++
        const value = Reflect.get(target, key, target) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    }) as unknown as string
  const globs = [
    '*a*a*a*a*a*b',
    '*a*a*a*a*a*a*a*a*a*a*a*a*a*b',
    '*?*?*?*?*?b',
    `${'*a'.repeat(100)}b`,
  ]
  for (const glob of globs) {
    t.test(`${glob.slice(0, 40)} over 254 characters`, async t => {
      looks = 0
      const address = 'a'.repeat(254)
      t.equal(matchesPhoto({ included: [counted(glob)], excluded: [] }, address), false)
      t.ok(looks > 0 && looks <= 4 * (glob.length + 1) * (address.length + 1), `${looks} looks`)
    })
  }
})

t.test(
  'a label that is not a domain, or that would become a wildcard, is not converted',
  async t => {
    for (const label of ['xn--a', '\uff0a']) {
      t.strictSame(parsePhotoGlobs([`*@${label}.example`]).included, [`*@${label}.example`])
    }
  },
)
