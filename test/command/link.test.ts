import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { explain } from '../../src/command/explain.ts'
import type { LinkOptions, SignedLinks } from '../../src/command/link.ts'
import { link } from '../../src/command/link.ts'
import { exitCodes, GateError } from '../../src/error.ts'
import { runVerb } from '../fixtures/command-line.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'

const secret = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const home = openConfigHome(t, {
  'link.secret': `${secret}\n`,
  'people.txt':
    "# all\nJoe.Bloggs@acme.example\n\njoe.bloggs@acme.example # twice\nann@bücher.example\no'neil&co@acme.example\n",
  'globs.txt': 'joe@acme.example\n*@acme.example\n',
  'broken.txt': 'joe@acme.example\n  joe\n',
  'nobody.txt': '# nobody\n',
  'photogate.yaml': 'links: { secrets: [link.secret] }\nallow: [{ name: links, link: signed }]\n',
  'unused.yaml': 'links: { secrets: [link.secret] }\nallow: [{ name: in, from: 10.0.0.0/8 }]\n',
  'none.yaml': 'allow: [{ name: in, from: 10.0.0.0/8 }]\n',
  'bad.yaml': 'links: { secrets: [gone.secret] }\nallow: [{ name: links, link: signed }]\n',
})
chmodSync(join(home.directory, 'link.secret'), 0o600)
const at = (name: string) => join(home.directory, name)
const joe = 'joe.bloggs@acme.example'
const nowMs = (1_893_456_000 - 7 * 86_400) * 1000
const url = 'https://photos.acme.example'

function run(address: string | undefined, options: Partial<LinkOptions> = {}) {
  const output = captureOutput()
  const given = { config: home.file, for: '7d', url, nowMs, ...options }
  const code = link(address, given, output)
  return { code, printed: output.printed().trimEnd(), noted: output.noted() }
}

t.test('a command line that cannot be signed is refused, and nothing is printed', async t => {
  const rows: [string, string | undefined, Partial<LinkOptions>, RegExp][] = [
    ['nobody', undefined, {}, /^name either a mail address or --people FILE/],
    ['a person and a file', joe, { people: at('people.txt') }, /^name either a mail address or/],
    ['a name', 'joe', {}, /^"joe" is not a mail address/],
    ['a photo', `${joe}.jpg`, {}, /is not a mail address/],
    ['no time', joe, { for: undefined as never }, /^say how long the link counts; write --for 7d$/],
    ['no unit', joe, { for: '7' }, /^--for "7" is not 1s to 366d; write 7d$/],
    ['no length', joe, { for: '0s' }, /is not 1s to 366d/],
    ['years', joe, { for: '367d' }, /is not 1s to 366d/],
    ['a URL with a path', joe, { url: `${url}/x` }, /is not the URL of a host alone/],
    ['no secret', joe, { config: at('none.yaml') }, /has no secret to sign with; make one with/],
    ['a missing file', undefined, { people: at('gone.txt') }, /cannot be read/],
    [
      'a glob',
      undefined,
      { people: at('globs.txt') },
      /has \*@acme\.example, and a link is for one/,
    ],
    [
      'a broken line',
      undefined,
      { people: at('broken.txt') },
      /broken\.txt:2:3 "joe" is not a mail/,
    ],
    ['an empty file', undefined, { people: at('nobody.txt') }, /has no mail address/],
    [
      'revocation',
      undefined,
      { revoke: true },
      /^unknown option --revoke: .*shorter time.*take the secret/,
    ],
    ['the revocation of one', undefined, { revoke: joe }, /^unknown option --revoke/],
  ]
  for (const [what, address, options, message] of rows) {
    t.test(what, async t => {
      t.throws(() => run(address, options), { message } as never)
      t.throws(() => run(address, options), GateError)
    })
  }
})

t.test('a configuration with problems signs nothing', async t => {
  const { code, printed, noted } = run(joe, { config: at('bad.yaml') })
  t.equal(code, exitCodes.config)
  t.equal(printed, '')
  t.match(noted, /gone\.secret is not there/)
})

t.test('the link of a person is printed, as the reference page has it', async t => {
  const sig = 'AXVnSgnNim5s-ExbVgRCcMXmorbpplgnyo2LPhjj7fRyfbFZ'
  const line = `${url}/${joe}.jpg?exp=1893456000&sig=${sig}`
  t.strictSame(run('Joe.Bloggs@ACME.example'), { code: 0, printed: line, noted: '' })
  const html = `<img src="${line.replace('&', '&amp;')}" alt="${joe}">`
  t.equal(run(joe, { html: true }).printed, html)
  const json: SignedLinks = JSON.parse(run(joe, { json: true }).printed)
  t.strictSame(json, {
    expires: '2030-01-01T00:00:00.000Z',
    links: [{ address: joe, url: line, html }],
  })
})

t.test('a link for each person of a file is printed, and explain admits each', async t => {
  const now = { people: at('people.txt'), nowMs: Date.now() }
  const lines = run(undefined, now).printed.split('\n')
  t.equal(lines.length, 3)
  for (const line of lines) {
    const output = captureOutput()
    t.equal(await explain({ config: home.file, client: '192.0.2.7', photo: line }, output), 0)
    t.match(output.printed(), /\+ link {4}the link is signed for/)
  }
  const tags = run(undefined, { ...now, html: true }).printed.split('\n')
  for (const tag of tags) t.match(tag, /^<img src="[^"<>&]*&amp;sig=[\w-]{48}" alt="[^"<>]*">$/)
  t.match(tags[2], / alt="o'neil&amp;co@acme\.example">$/)
})

t.test('explain says why a link does not count', async t => {
  const [good = ''] = run(joe, { nowMs: Date.now() }).printed.split('\n')
  const rows: [string, string, RegExp][] = [
    ['unsigned', joe, /- link {4}the request is not a signed link/],
    ['cut', good.slice(0, -3), /- link {4}the link is cut/],
    ['of another', good.replace('joe', 'ann'), /- link {4}the link is signed for another address/],
    ['expired', run(joe, { nowMs: 1e12 }).printed, /- link {4}the link .* but expired at 2001-/],
  ]
  for (const [what, photo, words] of rows) {
    await t.test(what, async t => {
      const output = captureOutput()
      t.equal(await explain({ config: home.file, client: '192.0.2.7', photo }, output), 1)
      t.match(output.printed(), words)
    })
  }
})

t.test('what the administrator may have forgotten is noted', async t => {
  t.match(
    run(joe, { url: undefined as never }).noted,
    /^note: without --url, https:\/\/photos\.acme\.example/,
  )
  t.match(run(joe, { config: at('unused.yaml') }).noted, /note: no rule asks for a link/)
})

t.test('revoking ends with 2 and says what to do, whatever is named', async t => {
  for (const line of [
    ['link', '--revoke'],
    ['link', '--revoke', joe],
    ['link', joe, '--revoke'],
  ]) {
    const { code, stdout, stderr } = await runVerb(t, line, { cwd: home.directory })
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, /unknown option --revoke: a link cannot be taken back by itself/)
  }
})
