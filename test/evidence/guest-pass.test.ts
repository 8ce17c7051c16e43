// Guest passes: forged, cut, swapped and expired ones first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PassTerms } from '../../src/evidence/guest-pass.ts'
import { buildPassVerifier, maxPassLength, signPass } from '../../src/evidence/guest-pass.ts'
import { buildLinkKeys, macOf } from '../../src/evidence/link-keys.ts'
import { readLink, signLink } from '../../src/evidence/signed-link.ts'
import { fc, holds } from '../fixtures/property.ts'
import { root } from '../fixtures/root.ts'

const secret = (seed: number) => Buffer.alloc(32, `secret ${seed} `)
const keys = buildLinkKeys([secret(1), secret(2)])
const expires = 1_893_456_000
const nowMs = (expires - 60) * 1000
const photos = ['*@acme.example']
const id = Buffer.from('0123456789abcdef', 'hex')
const sign = (terms: Partial<PassTerms> = {}, by = keys) =>
  signPass(by, { expires, photos, id, ...terms }).text
const good = sign({ name: 'Q3 review' })
const shared = buildPassVerifier(keys)
const verify = (text: string, atMs = nowMs) => shared(text, atMs)
const refused = (reason: string) => ({ valid: false, reason })
const toBytes = (text: string) => Buffer.from(text, 'base64url')
const toText = (bytes: Buffer) => bytes.toString('base64url')

t.test('none of 20,000 mutations of a pass is admitted', async t => {
  const text = fc.oneof(
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 3 }),
    fc.constantFrom('=', '%', ';', ' ', '"', 'A', '0', '-', '_', '+', '/', good, good.slice(0, 40)),
  )
  const edit = fc.record({
    at: fc.nat(good.length),
    cut: fc.nat(4),
    text: fc.option(text, { nil: '' }),
  })
  const bytes = fc
    .array(
      fc.record({ at: fc.nat(toBytes(good).length - 1), xor: fc.integer({ min: 1, max: 255 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map(flips => {
      const changed = toBytes(good)
      for (const { at, xor } of flips) changed[at] = (changed[at] as number) ^ xor
      return toText(changed)
    })
  const edited = fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map(edits =>
      edits.reduce(
        (pass, { at, cut, text }) => pass.slice(0, at) + text + pass.slice(at + cut),
        good,
      ),
    )
  const verifyPass = buildPassVerifier(keys)
  verifyPass(good, nowMs)
  let count = 0
  const property = fc.property(fc.oneof(edited, bytes), pass => {
    count++
    return pass === good || !verifyPass(pass, nowMs).valid
  })
  holds(t, property, 20_000)
  t.ok(count >= 20_000)
})

t.test('a changed character anywhere in the pass is refused', async t => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let at = 0; at < good.length; at++) {
    for (const char of alphabet.replace(good[at] as string, '')) {
      if (verify(`${good.slice(0, at)}${char}${good.slice(at + 1)}`).valid) t.fail(`${at} ${char}`)
    }
  }
  t.pass()
})

t.test('a pass that is not spelled as it was signed is refused, with the reason', async t => {
  const other = sign({ expires: expires + 1, photos: ['*'], name: 'Q3 review' })
  const macOfOther = toBytes(other).subarray(-32)
  const withBytes = (change: (bytes: Buffer) => void) => {
    const bytes = toBytes(good)
    change(bytes)
    return toText(bytes)
  }
  // The last character of this pass has bits that stand for nothing.
  const loose = sign({ name: 'Q3 reviews!' })
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const next = last[last.indexOf(loose.at(-1) as string) + 1]
  const rows: [string, string, string][] = [
    ['nothing', '', 'cut'],
    ['one character', 'A', 'cut'],
    ['the head alone', toText(toBytes(good).subarray(0, 50)), 'cut'],
    ['the last character cut', good.slice(0, -1), 'cut'],
    ['half of it', good.slice(0, good.length / 2), 'cut'],
    ['padding', `${good}=`, 'malformed'],
    ['a blank behind', `${good} `, 'malformed'],
    ['quotes', `"${good}"`, 'malformed'],
    ['a line end', `${good}\n`, 'malformed'],
    ['a byte more', toText(Buffer.concat([toBytes(good), Buffer.alloc(1)])), 'malformed'],
    ['all of it twice', good + good, 'malformed'],
    ['an encoded character', `%${good.charCodeAt(0).toString(16)}${good.slice(1)}`, 'malformed'],
    ['the alphabet of base64', '+'.repeat(200), 'malformed'],
    ['another spelling of the last character', `${loose.slice(0, -1)}${next}`, 'malformed'],
    ['another version', withBytes(bytes => bytes.writeUInt8(2)), 'malformed'],
    ['a longer text than there is', withBytes(bytes => bytes.writeUInt16BE(999, 17)), 'cut'],
    ['a shorter text than there is', withBytes(bytes => bytes.writeUInt16BE(1, 17)), 'malformed'],
    ['a later expiry', withBytes(bytes => bytes.writeUIntBE(expires + 1, 12, 5)), 'not-authentic'],
    ['another id', withBytes(bytes => bytes.fill(0, 4, 12)), 'not-authentic'],
    ['another name', withBytes(bytes => bytes.write('Q4', 19 + 15)), 'not-authentic'],
    [
      'the signature of another pass',
      withBytes(b => macOfOther.copy(b, b.length - 32)),
      'not-authentic',
    ],
    ['a signature of zeros', withBytes(bytes => bytes.subarray(-32).fill(0)), 'not-authentic'],
    ['another secret', sign({}, buildLinkKeys([secret(3)])), 'unknown-secret'],
    ['the id of another secret', withBytes(bytes => bytes.fill(0, 1, 4)), 'unknown-secret'],
    ['more characters than a pass has', 'A'.repeat(maxPassLength + 1), 'malformed'],
    [
      'an exclusion, which photogate does not sign',
      sign({ photos: ['*', '!ceo@acme.example'] }),
      'malformed',
    ],
    ['an exclusion alone', sign({ photos: ['!ceo@acme.example'] }), 'malformed'],
  ]
  for (const [what, text, reason] of rows) {
    t.test(what, async t => t.strictSame(verify(text), refused(reason)))
  }
  t.ok(verify(loose).valid)
})

t.test('no link is a pass, and no pass a link', async t => {
  const [key] = keys
  const terms = { address: 'joe@acme.example', expires }
  const sig = signLink(keys, terms).split('sig=')[1] as string
  t.notOk(verify(sig).valid, 'as it is')
  // The signature of a link over the very bytes that a pass would sign.
  const signed = toBytes(good).subarray(4, -32)
  for (const label of ['photogate link\0', 'photogate secret id', 'photogate pass', '']) {
    const mac = macOf(key?.secret as never, label, signed)
    const forged = toText(Buffer.concat([toBytes(good).subarray(0, -32), mac]))
    t.strictSame(verify(forged), refused('not-authentic'), JSON.stringify(label))
  }
  t.not(toBytes(good).subarray(-32).toString('hex'), toBytes(sig).subarray(-32).toString('hex'))
})

t.test(
  'a pass is refused from the second on that it names, and then still says whose it is',
  async t => {
    const pass = { id: id.toString('hex'), name: 'Q3 review', expiresMs: expires * 1000, photos }
    const verifyPass = buildPassVerifier(keys)
    t.strictSame(verifyPass(good, expires * 1000 - 1), { valid: true, pass })
    t.strictSame(verifyPass(good, expires * 1000), { ...refused('expired'), pass })
    t.strictSame(verifyPass(good, Number.MAX_SAFE_INTEGER), { ...refused('expired'), pass })
    t.strictSame(verifyPass(good, nowMs), { valid: true, pass }, 'after the clock was set back')
  },
)

t.test('the signature of a pass signs no link, over whatever it stands', async t => {
  const address = 'joe@acme.example'
  const texts = [address, `${address}\n${expires}`, `${address}\0${expires}`]
  const sigs = texts.flatMap(text => {
    const bytes = toBytes(sign({ photos: [text], name: String(expires) }))
    const link = Buffer.concat([bytes.subarray(0, 4), bytes.subarray(-32)])
    return [toText(link), toText(bytes), toText(bytes.subarray(0, 36))]
  })
  for (const sig of sigs) {
    const url = `/${address}.jpg?exp=${expires}&sig=${sig}`
    t.notOk(readLink(keys, { url, photo: address, nowMs }).verdict().valid)
  }
})

t.test('a pass has its globs as rules have them, and a name or none', async t => {
  const passOf = (terms: Partial<PassTerms>) => verify(sign(terms)).pass
  t.strictSame(passOf({ photos: ['*@ACME.example', 'Ann@xn--bcher-kva.example'] })?.photos, [
    '*@acme.example',
    'ann@bücher.example',
  ])
  t.strictSame(passOf({})?.name, undefined)
  t.equal(passOf({ name: 'Überblick 2026 ☕' })?.name, 'Überblick 2026 ☕')
  const far = verify(sign({ expires: 2 ** 40 - 1 }))
  t.equal(far.pass?.expiresMs, (2 ** 40 - 1) * 1000)
  t.not(signPass(keys, { expires, photos }).id, signPass(keys, { expires, photos }).id)
  t.throws(() => signPass([], { expires, photos }), { message: 'there is no secret to sign with' })
})

t.test('each secret verifies, and of two secrets with one id both do', async t => {
  const [, two] = [secret(1), secret(2)]
  t.ok(verify(sign({}, buildLinkKeys([two]))).valid)
  t.notOk(buildPassVerifier(buildLinkKeys([two]))(good, nowMs).valid)
  const byId = new Map<string, Buffer>()
  for (let seed = 0; ; seed++) {
    const bytes = Buffer.alloc(32, `seed ${seed};`)
    const keyId = buildLinkKeys([bytes])[0]?.id.toString('hex') as string
    const other = byId.get(keyId)
    byId.set(keyId, bytes)
    if (other === undefined) continue
    const both = buildPassVerifier(buildLinkKeys([bytes, other]))
    for (const each of [bytes, other]) t.ok(both(sign({}, buildLinkKeys([each])), nowMs).valid)
    break
  }
})

t.test('an authentic pass is verified once, and a forged one is not kept', async t => {
  let verified = 0
  const counting = buildLinkKeys([secret(1)]).map(({ secret, id }) => ({
    id,
    get secret() {
      verified++
      return secret
    },
  }))
  const verifyPass = buildPassVerifier(counting)
  for (let turn = 0; turn < 3; turn++) verifyPass(good, nowMs)
  t.equal(verified, 1)
  const forged = toBytes(good)
  forged.subarray(-32).fill(0)
  for (let turn = 0; turn < 3; turn++) verifyPass(toText(forged), nowMs)
  t.equal(verified, 4)
  verifyPass('A'.repeat(5_000), nowMs)
  t.equal(verified, 4, 'too long a text is refused by its length')
})

t.test('passes equal the vectors of the reference page', async t => {
  const page = readFileSync(join(root, 'deploy/docs/links.md'), 'utf8')
  const rows = [
    ...page.matchAll(
      /^\| `(.*?)` \| `([\da-f]{16})` \| `(\d+)` \| `(.*?)` \| (.*?) \| `(.*?)` \|$/gm,
    ),
  ]
  t.equal(rows.length, 3)
  for (const [, base64 = '', passId = '', exp = '', globs = '', name = '', text = ''] of rows) {
    const by = buildLinkKeys([Buffer.from(base64, 'base64')])
    const terms = {
      ...{ id: Buffer.from(passId, 'hex'), expires: Number(exp), photos: globs.split(' ') },
      name: name === '–' ? undefined : name,
    }
    t.equal(signPass(by, terms).text, text)
    t.ok(buildPassVerifier(by)(text, 0).valid)
  }
})
