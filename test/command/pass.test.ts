import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { check } from '../../src/command/check.ts'
import { explain } from '../../src/command/explain.ts'
import type { PassOptions, SignedPass } from '../../src/command/pass.ts'
import { pass } from '../../src/command/pass.ts'
import { exitCodes, GateError } from '../../src/error.ts'
import { maxPassLength } from '../../src/evidence/guest-pass.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { runVerb } from '../fixtures/command-line.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'

const secret = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const home = openConfigHome(t, {
  'link.secret': `${secret}\n`,
  'photogate.yaml':
    'links: { secrets: [link.secret] }\nallow: [{ name: in, from: 10.0.0.0/8 }, { name: guests, pass: signed, photos: "*@acme.example" }]\n',
  'unused.yaml': 'links: { secrets: [link.secret] }\nallow: [{ name: links, link: signed }]\n',
  'none.yaml': 'allow: [{ name: in, from: 10.0.0.0/8 }]\n',
  'bad.yaml': 'links: { secrets: [gone.secret] }\nallow: [{ name: guests, pass: signed }]\n',
})
chmodSync(join(home.directory, 'link.secret'), 0o600)
const at = (name: string) => join(home.directory, name)
const url = 'https://photos.acme.example'
const photos = ['*@acme.example']

function run(options: Partial<PassOptions> = {}) {
  const output = captureOutput()
  const code = pass({ config: home.file, for: '4h', photos, url, ...options }, output)
  return { code, printed: output.printed().trimEnd(), noted: output.noted() }
}

t.test('a command line that cannot be signed is refused, and nothing is printed', async t => {
  const long = Array.from(
    { length: 20 },
    (_, number) => `*@${'department'.repeat(5)}${number}.example`,
  )
  const rows: [string, Partial<PassOptions>, RegExp][] = [
    ['no time', { for: undefined as never }, /^say how long the pass counts; write --for 4h$/],
    ['no unit', { for: '4' }, /^--for "4" is not 1s to 31d; write 4h$/],
    ['no length', { for: '0s' }, /is not 1s to 31d/],
    ['a quarter', { for: '32d' }, /is not 1s to 31d/],
    [
      'no photos',
      { photos: undefined as never },
      /^say whose photos it opens; write --photos '\*@acme\.example'$/,
    ],
    [
      'a file',
      { photos: ['joe@acme.example.jpg'] },
      /^--photos "joe@acme\.example\.jpg" names a file/,
    ],
    [
      'a word',
      { photos: ['*@acme.example', 'board'] },
      /^--photos "board" can match no mail address/,
    ],
    [
      'an exclusion',
      { photos: ['*@acme.example', '!ceo@acme.example'] },
      /excludes, and a pass only opens; write exclusions into photos of the rule/,
    ],
    [
      'a line end in a glob',
      { photos: ['*@acme.example\n*@b.example'] },
      /can match no mail address/,
    ],
    ['an empty name', { name: ' ' }, /^--name is empty or has control characters/],
    ['a name with a control character', { name: 'a\u0000b' }, /control characters/],
    ['a long name', { name: 'x'.repeat(101) }, /^--name has 101 characters, more than 100/],
    [
      'too much',
      { photos: long },
      /^the pass would have \d{4} characters, and a cookie has room for 1200/,
    ],
    [
      'everybody of a large company',
      { photos: Array.from({ length: 3_000 }, (_, number) => `person.${number}@acme.example`) },
      /^the pass would have \d{5} characters, and a cookie has room for 1200; .* a rule with a group/,
    ],
    ['a URL with a path', { url: `${url}/x` }, /is not the URL of a host alone/],
    ['no secret', { config: at('none.yaml') }, /has no secret to sign with; make one with/],
  ]
  for (const [what, options, message] of rows) {
    t.test(what, async t => {
      t.throws(() => run(options), { message } as never)
      t.throws(() => run(options), GateError)
    })
  }
})

t.test('a configuration with problems signs nothing', async t => {
  const { code, printed, noted } = run({ config: at('bad.yaml') })
  t.equal(code, exitCodes.config)
  t.equal(printed, '')
  t.match(noted, /gone\.secret is not there/)
})

t.test('the pass is printed as a link, or as JSON', async t => {
  const { code, printed, noted } = run()
  t.equal(code, 0)
  t.match(printed, /^https:\/\/photos\.acme\.example\/-\/pass\?p=[\w-]{80,100}$/)
  t.equal(noted, '')
  t.not(run().printed, printed, 'each has an id of its own')
  const nowMs = Date.UTC(2030, 0, 1)
  const signed: SignedPass = JSON.parse(run({ json: true, name: 'Q3 review', nowMs }).printed)
  t.match(signed, {
    id: /^[\da-f]{16}$/,
    name: 'Q3 review',
    expires: '2030-01-01T04:00:00.000Z',
    photos,
    url: /^https:\/\/photos\.acme\.example\/-\/pass\?p=[\w-]+$/,
  })
  t.equal((JSON.parse(run({ json: true }).printed) as SignedPass).name, null)
  const long = Array.from(
    { length: 12 },
    (_, number) => `*@${'department'.repeat(6)}${number}.example`,
  )
  const [, text = ''] = run({ photos: long.slice(0, 10) }).printed.split('?p=')
  t.ok(text.length > 1_000 && text.length <= maxPassLength, `${text.length}`)
})

t.test('what a pass lacks is noted', async t => {
  t.match(
    run({ config: at('unused.yaml') }).noted,
    /no rule asks for a pass, so this opens nothing; add one with pass: signed/,
  )
  t.match(
    run({ url: 'http://photos.acme.example' }).noted,
    /keep the cookie of a pass from https only/,
  )
  const { noted } = run({ url: undefined as never })
  t.match(noted, /without --url, https:\/\/photos\.acme\.example stands for the real one/)
  const { stdout, code } = await runVerb(t, [
    'pass',
    '--for',
    '4h',
    '--photos',
    '*@acme.example',
    '--photos',
    'ann@b.example',
    '--json',
    '--config',
    home.file,
  ])
  t.equal(code, 0)
  t.strictSame((JSON.parse(stdout) as SignedPass).photos, ['*@acme.example', 'ann@b.example'])
})

t.test('explain says what a pass opens, and why one does not', async t => {
  const link = run({ name: 'Q3 review' }).printed
  const token = link.split('?p=')[1] as string
  const ask = async (given: string, photo: string | undefined = 'joe@acme.example') => {
    const output = captureOutput()
    const code = await explain(
      { config: home.file, client: '192.0.2.7', pass: given, photo },
      output,
    )
    t.notOk(`${output.printed()}${output.noted()}`.includes(token.slice(0, 30)), 'shows no pass')
    return `${code} ${output.printed()}`
  }
  const rows: [string, string, RegExp][] = [
    [
      'the link',
      link,
      /^0 [\s\S]*\+ pass {4}the guest pass "Q3 review" \([\da-f]{16}\) opens joe@acme\.example, until 20/,
    ],
    ['the link with more', `${link}&utm_source=mail#top`, /^0 /],
    ['the pass', token, /^0 /],
    ['cut', link.slice(0, -3), /^1 [\s\S]*- pass {4}the guest pass is cut/],
    ['changed', `${link}=`, /- pass {4}the guest pass was changed: it is not spelled/],
    [
      'expired',
      run({ nowMs: 1e12 }).printed,
      /- pass {4}the guest pass [\da-f]{16} expired at 2001-/,
    ],
    ['nothing', '', /- pass {4}the guest pass is cut/],
  ]
  for (const [what, given, words] of rows) {
    await t.test(what, async t => t.match(await ask(given), words))
  }
  t.match(
    await ask(link, 'joe@b.example'),
    /^1 [\s\S]*opens \*@acme\.example, and not joe@b\.example/,
  )
  await t.rejects(ask(`${url}/-/pass?q=1`), { message: /^--pass has no pass; give the whole link/ })
  const json = captureOutput()
  const options = { config: home.file, client: '192.0.2.7', photo: 'joe@acme.example', json: true }
  await explain({ ...options, cookie: [`__Host-photogate-pass=${token}`] }, json)
  t.match((JSON.parse(json.printed()) as Explanation).pass, { name: 'Q3 review', expires: /^20/ })
  const inside = captureOutput()
  await explain({ ...options, client: '10.0.0.1', pass: link }, inside)
  t.equal((JSON.parse(inside.printed()) as Explanation).pass, null, 'admitted by another rule')
})

t.test('explain says what the page of passes answers', async t => {
  const ask = async (photo: string, config = home.file) => {
    const output = captureOutput()
    await explain({ config, client: '192.0.2.7', photo }, output)
    return output.printed()
  }
  const link = run().printed
  t.match(
    await ask(link),
    /answer {2}200 \(pass\)\nfile {4}answered to everybody: the guest pass [\da-f]{16} opens \*@acme\.example, until/,
  )
  t.match(
    await ask(link.slice(0, -3)),
    /answer {2}403 \(pass\)\nfile {4}answered to everybody: the guest pass is cut/,
  )
  t.match(
    await ask('/-/pass'),
    /answer {2}403 \(pass\)\nfile {4}answered to everybody: the link has no p, or not just one/,
  )
  t.match(await ask('/-/pass', at('unused.yaml')), /\(no-photo-address\)/)
})

t.test('check says what passes need, once', async t => {
  const output = captureOutput()
  t.equal(await check({ config: home.file, json: true }, output), 0)
  const warnings = (JSON.parse(output.printed()) as { warnings: { code: string }[] }).warnings
  const own = warnings.filter(({ code }) => code === 'GATE_PASS_SITE')
  t.match(own, [{ path: 'allow[1].pass', message: /^needs https, and .* same site/ }])
  t.equal(own.length, 1)
})
