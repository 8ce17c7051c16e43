import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openConfigHome } from '../../fixtures/config.ts'

const base64 = (seed: number, length = 32) =>
  Buffer.from(Array.from({ length }, (_, at) => (at * 7 + seed) % 256)).toString('base64')
const longName = 'photographs'.repeat(4)
const home = openConfigHome(t, {
  [longName]: base64(1),
  'a.secret': `${base64(1)}\n`,
  'b.secret': base64(2, 64),
  'again.secret': `${base64(1)}\r\n`,
  'short.secret': base64(1, 31),
  'empty.secret': '',
  'zero.secret': Buffer.alloc(32).toString('base64'),
  'text.secret': 'a secret that is no base64 at all, and longer',
  'two.secret': `${base64(1)}\n${base64(2)}\n`,
  'open.secret': base64(3),
})
for (const name of ['a', 'b', 'again', 'short', 'zero', 'text', 'two']) {
  chmodSync(join(home.directory, `${name}.secret`), 0o600)
}
chmodSync(join(home.directory, 'open.secret'), 0o644)
const rule = 'allow: [{ name: links, link: signed }]'
const config = (secrets: string, more = rule) => `links: { secrets: ${secrets} }\n${more}\n`

t.test('secrets and rules that cannot be used are refused, with what to write', async t => {
  const rows: [string, string, RegExp][] = [
    [
      'no list',
      `links: {}\n${rule}`,
      /^photogate\.yaml:1:8 links\.secrets is missing; add secrets:/,
    ],
    ['an empty list', config('[]'), /^photogate\.yaml:1:19 links\.secrets .*link\.secret/],
    [
      'a missing file',
      config('[gone.secret]'),
      /^photogate\.yaml:1:20 links\.secrets\[0\] .*cannot be read: gone\.secret is not there$/,
    ],
    [
      'one of two missing',
      config('[a.secret, gone.secret]'),
      /^photogate\.yaml:1:30 links\.secrets\[1\] /,
    ],
    [
      'the secret in the place of its file',
      config(`["${base64(4)}"]`),
      /^photogate\.yaml:1:20 links\.secrets\[0\] is a secret itself; write it into a file, and the name of the file here$/,
    ],
    ['an empty file', config('empty.secret'), /^photogate\.yaml:1:19 links\.secrets .*is empty$/],
    [
      '31 bytes',
      config('[short.secret]'),
      /holds 31 bytes, and a secret has at least 32; make one with openssl rand -base64 32$/,
    ],
    ['text', config('[text.secret]'), /is not base64; make one with/],
    ['two lines', config('[two.secret]'), /has more than one line/],
    ['zeros', config('[zero.secret]'), /repeats a few bytes and is easily guessed/],
    [
      'a rule without secrets',
      rule,
      /^photogate\.yaml:1:30 allow\[0\]\.link .*needs a secret to verify with; add links: \{ secrets: \[link\.secret\] \}$/,
    ],
    [
      'a rule that asks for passes without secrets',
      'allow: [{ name: guests, pass: signed }]',
      /^photogate\.yaml:1:31 allow\[0\]\.pass .*needs a secret to verify with; add links: \{ secrets: \[link\.secret\] \}$/,
    ],
    [
      'another word for passes',
      config('[a.secret]', 'allow: [{ name: guests, pass: yes }]'),
      /allow\[0\]\.pass .*signed/,
    ],
    [
      'another word',
      config('[a.secret]', 'allow: [{ name: links, link: verified }]'),
      /allow\[0\]\.link .*signed/,
    ],
    [
      'a word that is YAML for yes',
      config('[a.secret]', 'allow: [{ name: links, link: true }]'),
      /allow\[0\]\.link .*signed/,
    ],
  ]
  for (const [what, text, message] of rows) {
    t.test(what, async t => {
      const problems = home.problems(text)
      t.match(problems[0], message)
      t.equal(problems.length, 1)
    })
  }
})

t.test('what is risky about secrets and links is a warning', async t => {
  const rows: [string, string, RegExp][] = [
    [
      'a file that everybody can read',
      config('[open.secret]'),
      /open\.secret can be read by everybody on this machine; chmod o= it$/,
    ],
    [
      'a secret twice',
      config('[a.secret, again.secret]'),
      /links\.secrets\[1\] .*is the secret of secrets\[0\] again/,
    ],
    [
      'secrets that no rule asks for',
      config('[a.secret]', 'allow: [{ name: in, from: 10.0.0.0/8 }]'),
      /^photogate\.yaml:1:8 links is used by no rule; add one with link: signed or pass: signed$/,
    ],
  ]
  for (const [what, text, message] of rows) {
    t.test(what, async t => {
      const warnings = home.warnings(text)
      t.match(warnings[0], message)
      t.equal(warnings.length, 1)
    })
  }
})

t.test(
  'a rule with a link and a cookie needs no warning that anyone can send the cookie',
  async t => {
    const text = config('[a.secret]', 'allow: [{ name: links, link: signed, cookie: Page }]')
    t.strictSame(home.warnings(text), [])
  },
)

t.test('good secrets are kept in their order, and their files are watched', async t => {
  const { links, files } = home.settings(config('[b.secret, a.secret]'))
  t.strictSame(
    links?.secrets.map(secret => secret.toString('base64')),
    [base64(2, 64), base64(1)],
  )
  t.strictSame(files, [
    home.file,
    join(home.directory, 'b.secret'),
    join(home.directory, 'a.secret'),
  ])
  t.equal(home.settings(config('a.secret')).links?.secrets.length, 1)
  t.equal(home.settings('allow: []').links, undefined)
  const refused = home.load(config('[gone.secret]'))
  t.ok(refused.files.includes(join(home.directory, 'gone.secret')), 'a missing file too')
  // The log names the files that have changed.
  t.strictSame(home.load(config(`["${base64(4)}"]`)).files, [home.file])
  t.equal(home.settings(config(longName)).links?.secrets.length, 1, 'a name that could be one')
})
