import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { buildRewriteBlock } from '../../src/convert/rewrite-block.ts'
import { convertBlock } from '../fixtures/httpd.ts'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { fc } from '../fixtures/property.ts'

const home = makeDirectory(t)
mkdirSync(join(home, 'photos'))
writeFileSync(join(home, 'b.txt'), 'ann@acme.example')
writeSecret(
  join(home, 'link.secret'),
  Buffer.from('a link secret of at least 32 bytes').toString('base64'),
)
writeKeys(home, 'ltpa', buildIssuer({ realm: 'acme' }))
const keys = 'ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password }] }\n'

function settingsOf(config: string) {
  const file = join(home, 'photogate.yaml')
  writeFileSync(file, config)
  const { settings, problems } = loadConfig({ env: {}, file })
  if (settings === undefined) throw new Error(JSON.stringify(problems))
  return settings
}
const blockOf = (config: string, presence = false) =>
  buildRewriteBlock(settingsOf(config), { presence })

t.test('rules become conditions that must all fail', async t => {
  const { text, notes } = blockOf(`
networks: { uk: [10.1.0.0/16, 192.0.2.7] }
allow:
  - { name: uk, from: [uk] }
  - { name: signed-in, cookie: [LtpaToken2, "Sso=a.b", "Page=x*"] }
  - { name: both, from: [10.2.0.0/15], cookie: Sso }
otherwise: { redirect: "https://www.acme.example/a?b=$c%20" }
`)
  t.strictSame(notes, [])
  t.strictSame(text.split('\n'), [
    'RewriteEngine On',
    '# uk',
    'RewriteCond %{REMOTE_ADDR} !^(?:10\\.1\\.\\d+\\.\\d+|192\\.0\\.2\\.7)$',
    '# signed-in',
    'RewriteCond %{HTTP_COOKIE} !(?:^|;)\\s*(?:LtpaToken2=\\x22?[^;\\x22\\s]|sso=a\\.b(?:;|$)|page=x) [NC]'.replace(
      'LtpaToken2',
      'ltpatoken2',
    ),
    '# both',
    'RewriteCond %{REMOTE_ADDR} !^10\\.[23]\\.\\d+\\.\\d+$ [OR]',
    'RewriteCond %{HTTP_COOKIE} !(?:^|;)\\s*sso=\\x22?[^;\\x22\\s] [NC]',
    'RewriteRule ^ https://www.acme.example/a?b=\\$c\\%20 [R=302,NE,L]',
  ])
})

t.test(
  'environment variables of Apache are not expanded in a redirect, and quotes are part of a value',
  async t => {
    const variable = '$'.concat('{HOME}')
    const { text } = blockOf(
      `allow: [{ name: a, cookie: "A=b" }]\notherwise: { redirect: "https://www.acme.example/$${variable}" }`,
    )
    t.match(text, 'https://www.acme.example/\\$\\{HOME} [R=302,NE,L]')
    t.match(text, '\\s*a=b(?:;|$)')
    // An escape is part of a value too.
    t.match(blockOf('allow: [{ name: a, cookie: "A=%41" }]').text, '\\s*a=\\%41(?:;|$)')
  },
)

t.test('conditions that IHS cannot test are left out with a note', async t => {
  const all = '0.0.0.0/1'
  for (const [config, note] of [
    [
      `${keys}allow: [{ name: a, ltpa: verified }]`,
      /^rule a is left out: IHS cannot verify tokens; with --presence/,
    ],
    [
      `${keys}allow: [{ name: a, from: [${all}], ltpa: { user: "uid=*" } }]`,
      /^rule a is left out: IHS cannot verify/,
    ],
    [
      `allow: [{ name: a, from: [${all}], photos: "*@a.example" }]`,
      /^rule a is left out: IHS cannot test which photo/,
    ],
    [
      `groups: { b: { file: b.txt } }\nallow: [{ name: a, from: [${all}], photos: { group: b } }]`,
      /^rule a is left out: IHS cannot test which photo/,
    ],
    [
      `groups: { b: { file: b.txt } }\nallow: [{ name: a, from: [${all}], photos: ["*", { notGroup: b }] }]`,
      /^rule a is left out: IHS cannot test which photo/,
    ],
    [
      `allow: [{ name: a, from: [${all}], budget: { people: 40 } }]`,
      /^rule a is left out: IHS cannot count the people of its budget/,
    ],
    [
      `links: { secrets: link.secret }\nallow: [{ name: a, from: [${all}], link: signed }]`,
      /^rule a is left out: IHS cannot verify signed links/,
    ],
    [
      `links: { secrets: link.secret }\nallow: [{ name: a, from: [${all}], pass: signed }]`,
      /^rule a is left out: IHS cannot verify guest passes/,
    ],
    [
      'allow: [{ name: a, from: ["2001:db8::/32"] }]',
      /^rule a is left out: it has only IPv6 networks/,
    ],
    [
      'allow: [{ name: a, from: [10.0.0.0/8, "2001:db8::/32"] }]',
      /^rule a: 1 IPv6 network is left out/,
    ],
    [
      'allow: [{ name: a, from: [10.0.0.0/8, "2001:db8::/32", "2001:db9::/32"] }]',
      /^rule a: 2 IPv6 networks are left out/,
    ],
    ['allow: [{ name: a, from: [10.0.0.0/8] }]', /would show them its own page/],
    [
      'allow: [{ name: a, from: [10.0.0.0/8] }]\notherwise: { status: 401 }',
      /get 403, where photogate answers 401/,
    ],
  ] as const) {
    t.match(blockOf(config).notes[0], note, config)
  }
  t.match(
    blockOf(`${keys}allow: [{ name: a, ltpa: verified }]`, true).text,
    /!\(\?:\^\|;\)\\s\*\(\?:ltpatoken2=/,
  )
  t.match(blockOf(`${keys}allow: [{ name: a, ltpa: { user: "uid=*" } }]`, true).notes, [
    /cannot read whose token it is/,
    /page/,
  ])
  t.match(blockOf(`${keys}allow: [{ name: a, ltpa: verified, cookie: x }]`, true).notes, [
    /a token and for another cookie/,
    /page/,
  ])
  t.match(blockOf('allow: []\notherwise: { status: 404 }').text, /RewriteRule \^ - \[R=404,L\]$/)
  t.match(blockOf('allow: []\notherwise: { status: 403 }').text, /RewriteRule \^ - \[F\]$/)
})

const network = fc
  .tuple(fc.nat(0xffff_ffff), fc.integer({ min: 1, max: 32 }))
  .map(([at, prefix]) => {
    const size = 2 ** (32 - prefix)
    const first = Math.floor(at / size) * size
    return `${[24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256).join('.')}/${prefix}`
  })

t.test('a cookie name prefix converts into a block and back', async t => {
  const { text, notes } = blockOf('allow: [{ name: a, cookie: "_shibsession_*" }]')
  t.strictSame(notes, ['the turned away get 403: photogate would show them its own page'])
  t.match(text, /%\{HTTP_COOKIE\} !\(\?:\^\|;\)\\s\*_shibsession_\[\^=;\\s\]\*=/)
  const { rules, leftovers } = convertBlock(text)
  t.match(rules, [{ cookie: { patterns: ['_shibsession_*'] } }])
  t.strictSame(leftovers, [])
})

t.test('a printed block converts back into the same networks', async t => {
  fc.assert(
    fc.property(fc.array(network, { minLength: 1, maxLength: 40 }), networks => {
      const { text } = blockOf(
        `allow: [{ name: a, from: [${networks.join(', ')}] }]\notherwise: { status: 403 }`,
      )
      const conversion = convertBlock(text)
      const again = conversion.networks.flatMap(({ blocks }) => blocks)
      const { networks: expected } = convertBlock(`Require ip ${networks.join(' ')}`)
      const sort = (texts: readonly string[]) => [...texts].sort()
      return (
        // A list of all addresses becomes no rule.
        conversion.leftovers.every(({ message }) => /admits every client of IPv4/.test(message)) &&
        (conversion.leftovers.length > 0 ||
          conversion.networks.length > 1 ||
          JSON.stringify(sort(again)) === JSON.stringify(sort(expected[0]?.blocks ?? [])))
      )
    }),
    { numRuns: 60 },
  )
  t.pass('60 lists of networks')
})

t.test('with many networks, lines stay within the length that Apache reads', async t => {
  let seed = 1
  const octet = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % 256
  }
  const networks = Array.from({ length: 3_000 }, () => [0, 0, 0, 0].map(octet).join('.'))
  const { text } = blockOf(
    `allow: [{ name: a, from: [${networks.join(', ')}] }]\notherwise: { status: 403 }`,
  )
  const lines = text.split('\n')
  t.ok(lines.length > 4, `${lines.length} lines`)
  t.ok(lines.every(line => line.length < 8_190))
})
