import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import { readLink, signLink } from '../../src/evidence/signed-link.ts'
import { addressOf, parseTarget } from '../../src/evidence/target.ts'
import { fc, holds } from '../fixtures/property.ts'
import { root } from '../fixtures/root.ts'

const secret = (seed: number) => Buffer.alloc(32, `secret ${seed} `)
const keys = buildLinkKeys([secret(1), secret(2)])
const joe = 'joe@acme.example'
const expires = 1_893_456_000
const nowMs = (expires - 60) * 1000
const query = signLink(keys, { address: joe, expires })
const [exp = '', sig = ''] = query.split('&')
const verdict = (url: string, options: { photo?: string; nowMs?: number } = {}) =>
  readLink(keys, { url, photo: joe, nowMs, ...options }).verdict()
const isGood = (url: string) => verdict(url).valid
const good = { valid: true, expiresMs: expires * 1000 }
const refused = (reason: string) => ({ valid: false, reason })

t.test(
  'none of 20,000 mutations of a link is admitted, unless address, expiry and signature are whole',
  async t => {
    const path = `/${joe}.jpg?${query}`
    const text = fc.oneof(
      fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 3 }),
      fc.constantFrom('&', '=', '%', '?', '%26', '%3d', '&exp=1', '&sig=', 'A', '0', '-', '_', '+'),
    )
    const edit = fc.record({
      at: fc.nat(path.length - 1),
      cut: fc.nat(4),
      text: fc.option(text, { nil: '' }),
    })
    let count = 0
    const mutated = fc
      .array(edit, { minLength: 1, maxLength: 3 })
      .map(edits =>
        edits.reduce(
          (url, { at, cut, text }) => url.slice(0, at) + text + url.slice(at + cut),
          path,
        ),
      )
    // What the gate does: the path says whose photo, the query whether it is signed.
    const property = fc.property(mutated, url => {
      count++
      const target = parseTarget(url)
      const photo = addressOf(target)
      if (photo === undefined || !verdict(url, { photo }).valid) return true
      // The same link: only what does not count was changed.
      const pairs = url.slice(url.indexOf('?') + 1).split('&')
      return photo === joe && pairs.includes(exp) && pairs.includes(sig)
    })
    holds(t, property, 20_000)
    t.ok(count >= 20_000)
  },
)

t.test('a changed byte anywhere in the signature or the expiry is refused', async t => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  let count = 0
  for (let at = 'sig='.length; at < sig.length; at++) {
    for (const char of alphabet.replace(sig[at] as string, '')) {
      if (isGood(`/x?${exp}&${sig.slice(0, at)}${char}${sig.slice(at + 1)}`))
        t.fail(`${at} ${char}`)
      count++
    }
  }
  for (let at = 'exp='.length; at < exp.length; at++) {
    for (const char of '0123456789'.replace(exp[at] as string, '')) {
      if (isGood(`/x?${exp.slice(0, at)}${char}${exp.slice(at + 1)}&${sig}`))
        t.fail(`${at} ${char}`)
      count++
    }
  }
  t.equal(count, 48 * 63 + 10 * 9)
})

t.test('a link that is not spelled as it was signed is refused, with the reason', async t => {
  const value = sig.slice('sig='.length)
  const first = value[0] as string
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16)}`
  const others = buildLinkKeys([secret(3)])
  const rows: [string, string, string][] = [
    ['no query', '', 'unsigned'],
    ['an empty query', '?', 'unsigned'],
    ['another parameter', '?size=64', 'unsigned'],
    ['a name that ends so', `?x${exp}&x${sig}`, 'unsigned'],
    ['a name that begins so', `?expires=1&signature=${value}`, 'unsigned'],
    ['ampersands of HTML', `?x=1&amp;${exp}&amp;${sig}`, 'unsigned'],
    ['a second question mark', `?x?${exp}&x?${sig}`, 'unsigned'],
    ['parameters of a path', `;${exp}&${sig}`, 'unsigned'],
    ['the expiry alone', `?${exp}`, 'cut'],
    ['the signature alone', `?${sig}`, 'cut'],
    ['the last character cut', `?${exp}&${sig.slice(0, -1)}`, 'cut'],
    ['an empty signature', `?${exp}&sig=`, 'cut'],
    ['a signature without a value', `?${exp}&sig`, 'cut'],
    ['one ampersand of HTML', `?${exp}&amp;${sig}`, 'cut'],
    ['the expiry twice', `?${exp}&${exp}&${sig}`, 'doubled'],
    ['another expiry behind it', `?${exp}&${sig}&exp=99999999999`, 'doubled'],
    ['the signature twice', `?${sig}&${exp}&${sig}`, 'doubled'],
    ['two signatures and no expiry', `?${sig}&${sig}`, 'doubled'],
    ['all of it twice', `?${exp}&${sig}&${exp}&${sig}`, 'doubled'],
    ['once more without a value', `?${exp}&${sig}&sig`, 'doubled'],
    ['once more percent-encoded', `?${exp}&${sig}&%65xp=1`, 'doubled'],
    ['once more in capitals', `?${exp}&${sig}&SIG=x`, 'doubled'],
    ['once more, encoded capitals', `?${exp}&${sig}&%53%49%47=x`, 'doubled'],
    ['a name in capitals', `?EXP=${expires}&${sig}`, 'malformed'],
    ['the other name in capitals', `?${exp}&SIG=${value}`, 'malformed'],
    ['a name percent-encoded', `?%65%78%70=${expires}&${sig}`, 'malformed'],
    ['names percent-encoded', `?%65xp=${expires}&%73ig=${value}`, 'malformed'],
    ['an expiry with a zero before', `?exp=0${expires}&${sig}`, 'malformed'],
    ['an expiry with a plus', `?exp=+${expires}&${sig}`, 'malformed'],
    ['an expiry with a blank', `?exp=${expires}%20&${sig}`, 'malformed'],
    ['an expiry as a float', `?exp=${expires}.0&${sig}`, 'malformed'],
    ['an expiry with an exponent', `?exp=1e10&${sig}`, 'malformed'],
    ['a negative expiry', `?exp=-${expires}&${sig}`, 'malformed'],
    ['an expiry of 12 digits', `?exp=189345600000&${sig}`, 'malformed'],
    ['an empty expiry', `?exp=&${sig}`, 'malformed'],
    ['an encoded digit', `?exp=%31${String(expires).slice(1)}&${sig}`, 'malformed'],
    ['an encoded character', `?${exp}&sig=${hex(first)}${value.slice(1)}`, 'malformed'],
    ['padding', `?${exp}&${sig}=`, 'malformed'],
    ['one character more', `?${exp}&${sig}A`, 'malformed'],
    ['a fragment', `?${exp}&${sig}#top`, 'malformed'],
    ['a semicolon between', `?${exp};${sig}`, 'cut'],
    ['the alphabet of base64', `?${exp}&sig=${'+'.repeat(48)}`, 'malformed'],
    ['another version', `?${exp}&sig=B${value.slice(1)}`, 'malformed'],
    ['all in capitals', `?${exp}&sig=${value.toUpperCase()}`, 'unknown-secret'],
    ['another secret', `?${signLink(others, { address: joe, expires })}`, 'unknown-secret'],
    [
      'another address',
      `?${signLink(keys, { address: 'ann@acme.example', expires })}`,
      'not-authentic',
    ],
    ['another expiry', `?exp=${expires + 1}&${sig}`, 'not-authentic'],
    [
      'the expiry of another link',
      `?exp=${expires + 1}&${signLink(keys, { address: joe, expires: 5 }).split('&')[1]}`,
      'not-authentic',
    ],
  ]
  for (const [what, text, reason] of rows) {
    t.test(what, async t => {
      t.strictSame(verdict(`/${joe}.jpg${text}`), refused(reason))
    })
  }
})

t.test('a link is refused from the second on that it names', async t => {
  const url = `/${joe}.jpg?${query}`
  t.strictSame(verdict(url, { nowMs: expires * 1000 - 1 }), good)
  const expired = { ...refused('expired'), expiresMs: expires * 1000 }
  t.strictSame(verdict(url, { nowMs: expires * 1000 }), expired)
  t.strictSame(verdict(url, { nowMs: Number.MAX_SAFE_INTEGER }), expired)
})

t.test('a link with parameters of others, in any order, is admitted', async t => {
  for (const text of [
    query,
    `${sig}&${exp}`,
    `size=64&${exp}&t=1&${sig}&v`,
    `email=${joe}&${query}`,
    `${query}&x=?exp=1`,
    `${'&'.repeat(5_000)}${query}`,
  ]) {
    t.strictSame(verdict(`/photo?${text}`), good, text.slice(0, 40))
  }
})

t.test('the first secret signs, and each verifies', async t => {
  const [one, two] = [buildLinkKeys([secret(1)]), buildLinkKeys([secret(2)])]
  const terms = { address: joe, expires }
  t.equal(signLink(keys, terms), signLink(one, terms))
  t.strictSame(verdict(`/x?${signLink(two, terms)}`), good)
  const url = `/x?${query}`
  t.strictSame(readLink(two, { url, photo: joe, nowMs }).verdict(), refused('unknown-secret'))
  t.throws(() => signLink([], terms), { message: 'there is no secret to sign with' })
})

t.test('two secrets with one id both verify', async t => {
  const byId = new Map<string, Buffer>()
  for (let seed = 0; ; seed++) {
    const bytes = Buffer.alloc(32, `seed ${seed};`)
    const id = signLink(buildLinkKeys([bytes]), { address: joe, expires })
      .split('sig=')[1]
      ?.slice(0, 5)
    const other = byId.get(id as string)
    byId.set(id as string, bytes)
    if (other === undefined) continue
    const both = buildLinkKeys([bytes, other])
    for (const each of [bytes, other]) {
      const url = `/x?${signLink(buildLinkKeys([each]), { address: joe, expires })}`
      t.strictSame(readLink(both, { url, photo: joe, nowMs }).verdict(), good)
    }
    break
  }
})

t.test('a link is verified once, when a rule first asks', async t => {
  const link = readLink(keys, { url: `/x?${query}`, photo: joe, nowMs })
  t.equal(link.verdict(), link.verdict())
})

t.test('signatures equal the vectors of the reference page', async t => {
  const page = readFileSync(join(root, 'deploy/docs/links.md'), 'utf8')
  const vectors = [...page.matchAll(/^\| `([^`]*)` \| `([^`]*)` \| `(\d+)` \| `([^`]*)` \|$/gm)]
  t.equal(vectors.length, 5)
  for (const [, secret = '', address = '', exp = '', sig = ''] of vectors) {
    const keys = buildLinkKeys([Buffer.from(secret, 'base64')])
    const signed = signLink(keys, { address, expires: Number(exp) })
    t.equal(signed, `exp=${exp}&sig=${sig}`, address)
    const facts = { url: `/x?${signed}`, photo: address, nowMs: 0 }
    t.strictSame(readLink(keys, facts).verdict(), { valid: true, expiresMs: Number(exp) * 1000 })
  }
})
