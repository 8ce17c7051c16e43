// deploy/docs/scripting.md says which keys each `--json` prints. Each verb is run here, and prints exactly those.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { token } from '../../src/command/token.ts'
import { startServing } from '../fixtures/cli.ts'
import { runVerb } from '../fixtures/command-line.ts'
import { jpegOf } from '../fixtures/images.ts'
import { captureOutput } from '../fixtures/output.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { root } from '../fixtures/root.ts'

const page = readFileSync(join(root, 'deploy/docs/scripting.md'), 'utf8')

interface Shape {
  readonly keys: readonly string[]
  /** The keys that are always present. */
  readonly fixed: readonly string[]
}

/** By verb, as the page lists them. */
const shapes = new Map<string, Shape>(
  page
    .split(/^## /m)
    .flatMap(section => {
      const [, verb] = /^`photogate ([a-z -]+) --json`\n/.exec(section) ?? []
      const keys = [...section.matchAll(/^\| `(\w+\??)` \| /gm)].map(([, key = '']) => key)
      return verb === undefined || keys.length === 0 ? [] : [[verb, keys] as const]
    })
    .map(([verb, keys]) => [
      verb,
      {
        keys: keys.map(key => key.replace('?', '')),
        fixed: keys.filter(key => !key.endsWith('?')),
      },
    ]),
)

const httpdConf = `<VirtualHost *:80>
RewriteEngine On
RewriteCond %{REMOTE_ADDR} ^10\\.
RewriteRule .* - [L]
RewriteRule .* https://www.acme.example/ [R,L]
</VirtualHost>
`
const ann = 'ann@acme.example'
const logLine = `10.0.0.1 - - [26/Nov/2026:02:00:00 +0000] "GET /${ann}.jpg HTTP/1.1" 200 512\n`
const config = `allow: [{ name: office, from: 10.0.0.0/8 }]
supply: { sources: [{ folder: drop }] }
`
const ltpaConfig = `ltpa: { keys: [{ file: ltpa.keys, passwordFile: password }] }
allow: [{ name: signed-in, ltpa: verified }]
`

const linkConfig = `links: { secrets: link.secret }
allow: [{ name: links, link: signed }, { name: guests, pass: signed }]
`

t.test('the JSON of each verb has exactly the keys of the reference page', async t => {
  const cwd = t.testdir({
    photos: {},
    drop: { [`${ann}.jpg`]: await drawJpeg(), 'joe@acme.example.jpg': jpegOf('joe') },
    'photogate.yaml': config,
    'ltpa.yaml': ltpaConfig,
    'link.yaml': linkConfig,
    'link.secret': Buffer.from('a link secret of at least 32 bytes').toString('base64'),
    'httpd.conf': httpdConf,
    access_log: logLine,
    password: 'secret\n',
  })
  const run = async (line: string) => (await runVerb(t, line.split(' '), { cwd })).stdout
  const judge = async (text: string) => {
    const output = captureOutput()
    const options = { config: join(cwd, 'ltpa.yaml'), json: true }
    await token(options, Readable.from([Buffer.from(text)]), output)
    return output.printed()
  }
  await run('keys new --realm acme --password-file password -o ltpa.keys')
  const good = await run('token new --key-file ltpa.keys --password-file password')
  await startServing(t, ['--config', join(cwd, 'photogate.yaml')])
  const seen = new Set<string>()
  const rows: readonly (readonly [verb: string, line: string, pasted?: string])[] = [
    ['--version', '--version --json'],
    ['import', 'import --json'],
    ['check', 'check --json'],
    ['doctor', 'doctor --json'],
    ['doctor tls', 'doctor tls --json access_log'],
    ['doctor ccm', 'doctor ccm --json --httpd-conf httpd.conf'],
    ['doctor sametime', 'doctor sametime --json --stproxyconfig httpd.conf'],
    ['explain', `explain --client 10.0.0.1 --photo ${ann} --json`],
    ['explain', `explain --client 192.0.2.1 --photo ${ann} --json`],
    ['token', 'token of keys new', good],
    ['token', 'a broken token', 'LtpaToken2=abc'],
    ['keys show', 'keys show ltpa.keys --json'],
    ['link', `link ${ann} --for 7d --config link.yaml --json`],
    ['pass', 'pass --for 4h --photos *@acme.example --config link.yaml --json'],
    ['convert', 'convert httpd.conf --json'],
    ['ihs-rules', 'ihs-rules --json'],
    ['replay', 'replay access_log --json'],
    ['reload', 'reload --json'],
    ['stop', 'stop --json'],
    ['photos show', `photos show ${ann} --json`],
    ['photos coverage', 'photos coverage --json'],
    ['photos rename', `photos rename ${ann} new@acme.example --json`],
    ['photos remove', 'photos remove new@acme.example --json'],
  ]
  for (const [verb, line, pasted] of rows) {
    seen.add(verb)
    await t.test(line, async t => {
      const stdout = pasted === undefined ? await run(line) : await judge(pasted)
      const shape = shapes.get(verb)
      const keys = Object.keys(JSON.parse(stdout) as object)
      t.strictSame(
        keys.filter(key => !shape?.keys.includes(key)),
        [],
        'no other',
      )
      t.strictSame(
        shape?.fixed.filter(key => !keys.includes(key)),
        [],
        'all of them',
      )
    })
  }
  t.strictSame(
    [...shapes.keys()].filter(verb => !seen.has(verb)),
    [],
    'every verb of the page',
  )
  const list = JSON.parse(await run('photos list --json')) as object[]
  t.ok(Array.isArray(list))
})
