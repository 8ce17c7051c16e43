import t from 'tap'
import { maxCookieHeaderLength } from '../../src/evidence/cookies.ts'
import type { PassVerifier } from '../../src/evidence/guest-pass.ts'
import {
  findPassCookies,
  findPassInUrl,
  maxPasses,
  readPasses,
} from '../../src/evidence/sent-passes.ts'
import type { GuestPass } from '../../src/policy/condition.ts'
import { fc, holds } from '../fixtures/property.ts'

const name = '__Host-photogate-pass'

t.test('only cookies of that very name are passes', async t => {
  const rows: [string, string | undefined, string[]][] = [
    ['no header', undefined, []],
    ['an empty header', '', []],
    [
      'another case',
      `__host-photogate-pass=x; __HOST-photogate-pass=x; __Host-Photogate-pass=x`,
      [],
    ],
    ['a longer name', `x${name}=x`, []],
    ['a longer name behind', `${name}x=y`, []],
    ['a blank in the name', `a ${name}=x`, []],
    ['a name without =', `${name}; a=b`, []],
    ['a blank before =', `${name} =x`, []],
    ['a part of another value', `a=${name}=x; b=1`, []],
    ['a part of a quoted value is a cookie, as for all cookies', `a="; ${name}=x"`, ['x"']],
    ['alone', `${name}=x`, ['x']],
    ['among others, without blanks', `a=b;${name}=x;c=d`, ['x']],
    ['behind a tab', `a=b;\t ${name}=x; c=d`, ['x']],
    ['as it was sent', `${name}= "%41=" ; a=b`, [' "%41=" ']],
    ['empty', `${name}=`, ['']],
    ['several, in their order', `${name}=x; ${name}=y`, ['x', 'y']],
    ['within another one', `${name}=${name}=x`, [`${name}=x`]],
    ['at most four', `${name}=x; `.repeat(9), ['x', 'x', 'x', 'x']],
    ['in a header that is too long', `${name}=x; ${'a'.repeat(maxCookieHeaderLength)}`, []],
  ]
  for (const [what, header, found] of rows) {
    t.test(what, async t => t.strictSame(findPassCookies(header), found))
  }
})

t.test('any header has the passes that a reader finds who splits it', async t => {
  const piece = fc.constantFrom(
    name,
    '=',
    ';',
    '; ',
    ' ',
    '\t',
    'x',
    '"',
    `${name}=`,
    `; ${name}=y`,
  )
  const property = fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
    const header = pieces.join('')
    const split = header.split(';').map(cookie => cookie.replace(/^[ \t]+/, ''))
    const own = split.filter(cookie => cookie.startsWith(`${name}=`)).slice(0, maxPasses)
    const expected = own.map(cookie => cookie.slice(name.length + 1))
    return JSON.stringify(findPassCookies(header)) === JSON.stringify(expected)
  })
  holds(t, property, 5_000)
})

t.test('the URL has one pass, in one spelling of its name', async t => {
  const rows: [string, object][] = [
    ['/-/pass', { refused: 'missing' }],
    ['/-/pass?', { refused: 'missing' }],
    ['/-/pass?p', { refused: 'missing' }],
    ['/-/pass?p=', { refused: 'missing' }],
    ['/-/pass?pp=x&q=y', { refused: 'missing' }],
    ['/-/pass?P=x', { refused: 'malformed' }],
    ['/-/pass?%70=x', { refused: 'malformed' }],
    ['/-/pass?p=x&p=x', { refused: 'doubled' }],
    ['/-/pass?p=x&P', { refused: 'doubled' }],
    ['/-/pass?p=x&%50=y', { refused: 'doubled' }],
    ['/-/pass?p=x', { text: 'x' }],
    ['/-/pass?utm_source=mail&p=x&data=5', { text: 'x' }],
    ['/-/pass?p=%41', { text: '%41' }],
    [`/-/pass?${'&'.repeat(5_000)}p=x`, { text: 'x' }],
  ]
  for (const [url, found] of rows) t.strictSame(findPassInUrl(url), found, url.slice(0, 40))
})

const passOf = (id: string): GuestPass => ({ id, name: undefined, expiresMs: 1, photos: ['*'] })
const verify: PassVerifier = text => {
  if (text.startsWith('good')) return { valid: true, pass: passes[text] as GuestPass }
  if (text.startsWith('old')) return { valid: false, reason: 'expired', pass: passOf(text) }
  return { valid: false, reason: text as 'cut' }
}
const passes: Record<string, GuestPass> = { good1: passOf('good1'), good2: passOf('good2') }

t.test('the log knows the pass that tells most', async t => {
  const read = (...values: string[]) =>
    readPasses(verify, { header: values.map(value => `${name}=${value}`).join('; '), nowMs: 0 })
  const seen = (values: string[], admitted?: GuestPass) => {
    const sent = read(...values)
    sent.verdicts()
    return sent.seen(admitted)
  }
  t.equal(read('good1').seen(undefined), undefined, 'no rule has asked')
  t.equal(seen([]), undefined)
  t.equal(seen(['good1', 'good2'], passes.good2), passes.good2)
  t.equal(seen(['cut', 'good1', 'good2']), passes.good1)
  t.strictSame(seen(['cut', 'old1', 'old2']), { id: 'old1', name: undefined, refused: 'expired' })
  t.strictSame(seen(['cut', 'malformed']), { refused: 'cut' })
  const sent = read('cut')
  t.equal(sent.verdicts(), sent.verdicts(), 'verified once')
})
