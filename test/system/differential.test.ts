// The old block in a real Apache and the rules of its conversion, compared by the same requests.

import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { dirname, join } from 'node:path'
import t from 'tap'
import { convert } from '../../src/command/convert.ts'
import { startOldApache } from '../fixtures/apache.ts'
import { runCli } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'
import { seedBlock } from '../fixtures/httpd.ts'
import { jpegOf } from '../fixtures/images.ts'
import { captureOutput } from '../fixtures/output.ts'

const photos = {
  'joe@acme.example.jpg': jpegOf('joe'),
  "o'neil+x@acme.example.jpg": jpegOf('neil'),
}
const paths = [
  '/joe@acme.example.jpg',
  '/joe%40acme.example.jpg',
  "/o'neil+x@acme.example.jpg",
  '/o%27neil+x%40acme.example.jpg',
  '/nobody@acme.example.jpg',
]

// Around every edge of the networks, and far from them.
const addresses = [
  ...['127.20.15.255', '127.20.16.0', '127.20.16.77', '127.20.31.255', '127.20.32.0'],
  ...['127.30.63.255', '127.30.64.0', '127.30.69.200', '127.30.71.255', '127.30.72.0'],
  ...['127.39.255.255', '127.40.0.1', '127.40.9.99', '127.40.15.255', '127.40.16.0'],
  ...['127.50.60.69', '127.50.60.70', '127.50.60.71', '127.50.60.7', '127.150.60.70'],
  ...['127.0.0.5', '127.1.2.3', '127.120.16.1', '127.2.0.16', '127.255.255.254'],
]

// The cookies that are sent, and whether only the old block accepts them.
const cookies: readonly (readonly [cookie: string, strictness: string | undefined])[] = [
  ['', undefined],
  ['JSESSIONID=0000abc', undefined],
  ['LtpaToken2=AAAA', undefined],
  ['LtpaToken=AAAA', undefined],
  ['ltpatoken2=AAAA', undefined],
  ['JSESSIONID=0000abc; LtpaToken2=AAAA', undefined],
  ['JSESSIONID=0000abc;LtpaToken=AAAA', undefined],
  ['STPluginActivePage=stMeetingroom', undefined],
  ['STPluginActivePage=stMeetingroom42', undefined],
  ['STPluginActivePage=stChat', undefined],
  ['LtpaToken3=AAAA', undefined],
  ['LtpaToken', undefined],
  ['xLtpaToken2=AAAA', 'name-suffix'],
  ['xLtpaToken=AAAA', 'name-suffix'],
  ['notSTPluginActivePage=stMeetingroom', 'name-suffix'],
  ['LtpaToken2=', 'empty-value'],
  ['LtpaToken=', 'empty-value'],
  ['JSESSIONID=a; LtpaToken2=; b=c', 'empty-value'],
  ['LtpaToken2=""', 'empty-value'],
  ['a="LtpaToken2=1"', 'inside-a-value'],
  ['a=LtpaToken=1', 'inside-a-value'],
  ['a=b-STPluginActivePage=stMeetingroom', 'inside-a-value'],
]

t.test('the block of the forum posts and its conversion decide 5,000 requests alike', async t => {
  const home = t.testdir({})
  for (const [name, bytes] of Object.entries(photos)) writeFileSync(join(home, name), bytes)
  const apache = await startOldApache(t, home, (port, directory) =>
    seedBlock.replace('*:80', `*:${port}`).replace(/“.*”/, `"${directory}"`),
  )
  if (apache === undefined) return
  const { code, stdout } = await runCli(t, ['convert', apache.file])
  t.equal(code, 0)
  const gate = await startGate(t, { config: withoutPlaces(stdout), photos })

  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })] as const
  t.teardown(() => agents.map(agent => agent.destroy()))
  const counts: Record<string, number> = {}
  const wrong: string[] = []
  const questions = addresses.flatMap(from =>
    cookies.flatMap(cookie =>
      paths.flatMap(path => [
        { from, cookie, path, method: 'GET' },
        { from, cookie, path, method: 'HEAD' },
      ]),
    ),
  )
  t.ok(questions.length >= 5_000, `${questions.length} requests`)
  for (const {
    from,
    cookie: [cookie, strictness],
    path,
    method,
  } of questions) {
    const headers: Record<string, string> = cookie === '' ? {} : { cookie }
    const [old, now] = await Promise.all(
      [apache.port, gate.port].map((port, at) =>
        ask(port, path, { method, from, headers, agent: agents[at] as Agent }),
      ),
    )
    const outcomes = `${old?.status} ${now?.status}`
    const isSame = outcomes === '200 200' || outcomes === '302 302' || outcomes === '404 404'
    const name = isSame ? 'same' : (strictness ?? 'none')
    counts[name] = (counts[name] ?? 0) + 1
    // Where the two differ, the gate turns away and Apache admits, never the other way round.
    const isStricter = strictness !== undefined && now?.status === 302
    const isLike = !isSame || old?.status !== 302 || old.headers.location === now?.headers.location
    if ((!isSame && !isStricter) || !isLike)
      wrong.push(`${method} ${path} from ${from} with ${cookie}: ${outcomes}`)
  }
  t.strictSame(wrong.slice(0, 10), [])
  // For each address outside of all networks (ten are inside), 10 requests with each such cookie.
  const outside = addresses.length - 10
  t.comment(JSON.stringify(counts))
  t.strictSame(counts, {
    same: questions.length - 10 * 10 * outside,
    'name-suffix': 3 * 10 * outside,
    'empty-value': 4 * 10 * outside,
    'inside-a-value': 3 * 10 * outside,
  })
})

/** Without `listen`, `photos` and `proxies`, which the fixture sets or does not need. */
function withoutPlaces(config: string): string {
  return config
    .replace(/^listen: .*$/m, '')
    .replace(/^proxies: .*$/m, '')
    .replace(/^photos:\n.*$/m, '')
}

const away = 'RewriteRule ^ https://www.acme.example/ [R,L]'
const blocks = {
  or: `RewriteCond %{REMOTE_ADDR} !^127\\.1\\. [OR]\nRewriteCond %{HTTP_COOKIE} !Sso=. [NC]\nRewriteCond %{REMOTE_ADDR} !^127\\.2\\.\n${away}`,
  'only-two':
    `RewriteCond %{REMOTE_ADDR} !^127\\.[12]\\. [OR]\nRewriteCond %{REMOTE_ADDR} !\\.3$\n${away}`.replace(
      '!\\.3$',
      '!^\\d+\\.1\\.',
    ),
  pass: `RewriteCond %{REMOTE_ADDR} ^127\\.1\\.\nRewriteRule ^ - [L]\nRewriteCond %{HTTP_COOKIE} Sso=. [NC]\nRewriteRule ^ - [L]\nRewriteRule ^ - [F]`,
  'two-rules': `RewriteCond %{REMOTE_ADDR} ^127\\.1\\.2\\.\nRewriteRule ^ - [F]\nRewriteCond %{REMOTE_ADDR} !^127\\.1\\.\nRewriteRule ^ - [F]`,
  'all-but': `RewriteCond %{REMOTE_ADDR} ^127\\.1\\.\n${away}`,
  expr: `RewriteCond expr "! -R '127.1.0.0/16'"\nRewriteCond expr "! (%{REMOTE_ADDR} -ipmatch '127.2.0.0/15')"\n${away}`,
  dots: `RewriteCond %{REMOTE_ADDR} !^127.1.2\n${away}`,
  equal: `RewriteCond %{REMOTE_ADDR} !=127.2.0.3\n${away}`,
  require: 'Require-ip 127.1 127.2.0.0/255.255.255.252',
  'require-expr': `Require-expr %{REMOTE_ADDR} =~ /^127\\.1\\./ || %{HTTP_COOKIE} =~ /Sso=./i`,
  order: 'Order deny,allow\nDeny from all\nAllow from 127.1 127.2.0.3',
  deny: 'Order allow,deny\nAllow from 127.1 127.2\nDeny from 127.1.2.0/24',
} as const

t.test(
  'other blocks and their conversions decide alike: joined, in several steps, in other words',
  async t => {
    const home = t.testdir({})
    writeFileSync(join(home, 'joe@acme.example.jpg'), jpegOf('joe'))
    const apache = await startOldApache(t, home, (port, directory) =>
      Object.entries(blocks)
        .map(([name, text]) => {
          const isRewrite = text.includes('Rewrite')
          const inside = isRewrite
            ? `RewriteEngine On\n${text}`
            : `<Directory "${directory}">\n${text.replace('Require-', 'Require ')}\n</Directory>`
          return `<VirtualHost *:${port}>\nServerName ${name}\nDocumentRoot "${directory}"\n${inside}\n</VirtualHost>\n`
        })
        .join(''),
    )
    if (apache === undefined) return
    const path = '/joe@acme.example.jpg'
    const from = [
      '127.1.0.3',
      '127.1.2.3',
      '127.1.20.1',
      '127.2.0.3',
      '127.2.0.4',
      '127.3.1.3',
      '127.11.2.3',
      '127.112.3.4',
      '127.0.0.5',
    ]
    const gate = await startGate(t, { config: 'allow: []', photos })
    for (const name of Object.keys(blocks)) {
      await t.test(name, async t => {
        const output = captureOutput()
        t.equal(await convert(apache.file, { host: name }, output), 0)
        await gate.server.apply(gate.load(withoutPlaces(output.printed())))
        const admitted: string[][] = [[], []]
        for (const address of from) {
          for (const cookie of ['', 'sso=1', 'a=b; SSO=2; c=d', 'Other=1']) {
            const headers = { host: name, ...(cookie === '' ? {} : { cookie }) }
            const answers = await Promise.all(
              [apache.port, gate.port].map(port => ask(port, path, { from: address, headers })),
            )
            for (const [at, { status }] of answers.entries()) {
              if (status === 200) admitted[at]?.push(`${address} ${cookie}`)
            }
          }
        }
        t.strictSame(admitted[1], admitted[0])
        t.ok((admitted[0]?.length ?? 0) > 0 && (admitted[0]?.length ?? 0) < from.length * 4)
      })
    }
  },
)

t.test('the block that ihs-rules prints decides in Apache as the gate does', async t => {
  const config = `
networks: { office: [127.1.0.0/16, 127.2.0.3-127.2.0.77], vpn: 127.3.0.0/17 }
allow:
  - { name: office, from: [office] }
  - { name: signed-in, cookie: [LtpaToken2, "Page=st*", "Exact=a.b"] }
  - { name: vpn, from: [vpn], cookie: Vpn }
otherwise: { redirect: "https://www.acme.example/sign-in?a=1&b=%20" }
`
  const gate = await startGate(t, { config, photos })
  const file = join(dirname(gate.directory), 'rules.yaml')
  writeFileSync(file, `photos: { directory: ${gate.directory} }\n${config}`)
  const { code, stdout } = await runCli(t, ['ihs-rules', '--config', file])
  t.equal(code, 0)
  const apache = await startOldApache(
    t,
    gate.directory,
    (port, directory) =>
      `<VirtualHost *:${port}>\nDocumentRoot "${directory}"\n${stdout}\n</VirtualHost>\n`,
  )
  if (apache === undefined) return
  const from = [
    '127.1.0.0',
    '127.1.255.255',
    '127.2.0.2',
    '127.2.0.3',
    '127.2.0.9',
    '127.2.0.77',
    '127.2.0.78',
    '127.3.0.1',
    '127.3.127.255',
    '127.3.128.0',
    '127.0.0.5',
  ]
  const sent = [
    '',
    'LtpaToken2=a',
    'ltpatoken2=a',
    'LtpaToken2=',
    'LtpaToken2=""',
    'LtpaToken2="a"',
    'xLtpaToken2=a',
    'a="LtpaToken2=1"',
    'LtpaToken2=;b=c',
    'b=c;LtpaToken2=a',
    'b=c;  LtpaToken2=a',
    'Page=st',
    'Page=stX',
    'Page=xst',
    'Exact=a.b',
    'Exact=aXb',
    'Exact=a.bc',
    'Exact=a.b; c=d',
    'Vpn=1',
    'Vpn=',
    'vpn=1; x=y',
  ]
  const wrong: string[] = []
  for (const address of from) {
    for (const cookie of sent) {
      const headers: Record<string, string> = cookie === '' ? {} : { cookie }
      const [old, now] = await Promise.all(
        [apache.port, gate.port].map(port =>
          ask(port, '/joe@acme.example.jpg', { from: address, headers }),
        ),
      )
      if (old?.status !== now?.status || old?.headers.location !== now?.headers.location) {
        wrong.push(
          `from ${address} with ${cookie}: ${old?.status} ${now?.status} ${old?.headers.location}`,
        )
      }
    }
  }
  t.strictSame(wrong, [])
})
