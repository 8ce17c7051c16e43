import { linkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ExplainOptions } from '../../src/command/explain.ts'
import { explain } from '../../src/command/explain.ts'
import { GateError } from '../../src/error.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeKeys } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { captureOutput } from '../fixtures/output.ts'

const rules = `allow:
  - { name: offices, from: [offices, 192.0.2.1] }
  - { name: signed-in, cookie: [LtpaToken2, LtpaToken] }
  - { name: meeting, cookie: "Page=room*", photos: ["*@acme.example", "!ceo@acme.example"] }
networks: { offices: [10.0.0.0/8, "2001:db8::/32"] }
proxies: [127.0.0.1, 10.9.9.9]
otherwise: { redirect: "https://www.acme.example/sign-in" }
`
const home = openConfigHome(t)

async function run(options: ExplainOptions, config = rules) {
  writeFileSync(home.file, config)
  const output = captureOutput()
  const code = await explain({ config: home.file, ...options }, output)
  return { code, printed: output.printed(), noted: output.noted() }
}

async function judge(options: ExplainOptions, config = rules) {
  const { code, printed } = await run({ ...options, json: true }, config)
  const { admitted, rule, client } = JSON.parse(printed)
  return { code, admitted, rule, client }
}

const turnedAway = (client: string | null) => ({ code: 1, admitted: false, rule: null, client })
const admitted = (rule: string, client: string | null) => ({
  code: 0,
  admitted: true,
  rule,
  client,
})

t.test('options that do not say who asks for what are refused', async t => {
  const rows: [string, ExplainOptions, string][] = [
    ['no client', {}, 'name either --client or --peer, one of them'],
    [
      'client and peer',
      { client: '10.0.0.1', peer: '10.0.0.1' },
      'name either --client or --peer, one of them',
    ],
    [
      'client and header',
      { client: '10.0.0.1', header: ['x-forwarded-for: 10.0.0.1'] },
      '--header goes with --peer: with --client the client is known',
    ],
    [
      'a client that is not an address',
      { client: '010.0.0.1' },
      '--client "010.0.0.1" is not an address; write one like 192.0.2.7 or 2001:db8::7',
    ],
    [
      'a peer that is not an address',
      { peer: 'localhost' },
      '--peer "localhost" is not an address; write one like 192.0.2.7 or 2001:db8::7',
    ],
    [
      'an empty client',
      { client: '' },
      '--client "" is not an address; write one like 192.0.2.7 or 2001:db8::7',
    ],
    [
      'a header without a colon',
      { peer: '10.0.0.1', header: ['x-forwarded-for'] },
      '--header "x-forwarded-for" has no colon; write \'name: value\'',
    ],
    [
      'a header without a name',
      { peer: '10.0.0.1', header: [': x'] },
      '--header ": x" has no colon; write \'name: value\'',
    ],
  ]
  for (const [what, options, message] of rows) {
    t.test(what, async t => {
      await t.rejects(run(options), new GateError('GATE_USAGE', message))
    })
  }
})

t.test(
  'with a problem in the configuration, explain decides nothing and exits with 78',
  async t => {
    const { code, printed, noted } = await run({ client: '10.0.0.1' }, 'allow: [{ name: open }]')
    t.equal(code, 78)
    t.equal(printed, '')
    t.match(noted, /allow\[0\] has no condition .*\n1 problem$/)
  },
)

t.test('the JSON of explain has exactly these keys', async t => {
  const { code, printed, noted } = await run({
    client: '::ffff:192.0.2.1',
    cookie: ['Page=lobby'],
    photo: 'CEO@acme.example.jpg',
    all: true,
    json: true,
  })
  t.equal(code, 0)
  t.equal(noted, '')
  t.strictSame(JSON.parse(printed), {
    admitted: true,
    rule: 'offices',
    client: '192.0.2.1',
    identity: null,
    pass: null,
    rules: [
      {
        name: 'offices',
        matched: true,
        conditions: [{ kind: 'from', matched: true, detail: 'client 192.0.2.1 is in 192.0.2.1' }],
      },
      {
        name: 'signed-in',
        matched: false,
        conditions: [
          { kind: 'cookie', matched: false, detail: 'no cookie LtpaToken2 or LtpaToken was sent' },
        ],
      },
      {
        name: 'meeting',
        matched: false,
        conditions: [
          {
            kind: 'cookie',
            matched: false,
            detail: 'cookie Page was sent, but its value is not Page=room*',
          },
          {
            kind: 'photos',
            matched: false,
            detail: 'photo ceo@acme.example is not in *@acme.example, !ceo@acme.example',
          },
        ],
      },
    ],
    budget: null,
    answer: {
      status: 404,
      reason: 'missing',
      location: null,
      photoExists: false,
      detail: `there is none in ${join(home.directory, 'photos')}`,
    },
  })
  t.strictSame(Object.keys(JSON.parse(printed)), [
    'admitted',
    'rule',
    'client',
    'identity',
    'pass',
    'rules',
    'budget',
    'answer',
  ])
})

t.test('rules after the one that admits are printed only with --all', async t => {
  const names = async (options: ExplainOptions) => {
    const { printed } = await run({ client: '8.8.8.8', ...options, json: true })
    return JSON.parse(printed).rules.map(({ name }: { name: string }) => name)
  }
  const cookie = ['LtpaToken2=x']
  t.strictSame(await names({ cookie }), ['offices', 'signed-in'])
  t.strictSame(await names({ cookie, all: true }), ['offices', 'signed-in', 'meeting'])
  t.strictSame(await names({}), ['offices', 'signed-in', 'meeting'], 'none of them admits')
})

t.test('explain says whether the photo exists and what the gate answers', async t => {
  const photos = join(home.directory, 'photos')
  const files = ['Joe@acme.example.jpg', 'broken@acme.example.jpg', 'link@acme.example.png']
  t.teardown(() => files.map(name => rmSync(join(photos, name))))
  writeFileSync(join(photos, 'Joe@acme.example.jpg'), jpegOf('joe'))
  writeFileSync(join(photos, 'broken@acme.example.jpg'), '<html>')
  symlinkSync('Joe@acme.example.jpg', join(photos, 'link@acme.example.png'))
  const missing = { status: 404, reason: 'missing', photoExists: false }
  const found = { status: 200, reason: 'found', photoExists: true }
  const away = { status: 302, reason: 'no-rule', location: 'https://www.acme.example/sign-in' }
  const office = { client: '10.0.0.1' }
  const more = `${rules}photos: { missing: placeholder }`
  const rows: [string, ExplainOptions, object, string?][] = [
    [
      'there',
      { ...office, photo: 'JOE@acme.example' },
      { ...found, detail: /^Joe@acme\.example\.jpg, image\/jpeg, [\d,]+ bytes$/ },
    ],
    [
      'there, by its URL',
      { ...office, photo: 'https://p.acme.example/joe@acme.example.jpg?a=1#b' },
      found,
    ],
    [
      'there, but turned away',
      { client: '8.8.8.8', photo: 'joe@acme.example' },
      { ...away, photoExists: true },
    ],
    ['missing', { ...office, photo: 'ann@acme.example' }, missing],
    [
      'missing, but turned away',
      { client: '8.8.8.8', photo: 'ann@acme.example' },
      { ...away, photoExists: false },
    ],
    [
      'a silhouette',
      { ...office, photo: 'ann@acme.example' },
      { status: 200, reason: 'placeholder', detail: /; the silhouette is sent$/ },
      more,
    ],
    [
      'not an image',
      { ...office, photo: 'broken@acme.example' },
      { ...missing, detail: /^there is none: broken@acme\.example\.jpg is not an image/ },
    ],
    [
      'a link',
      { ...office, photo: 'link@acme.example' },
      { ...missing, detail: 'there is none: link@acme.example.png is a symbolic link' },
    ],
    ['no photo named', office, { status: 200, photoExists: null, detail: 'no photo was named' }],
    [
      'another path',
      { ...office, photo: '/x' },
      { ...missing, reason: 'no-photo-address', detail: 'the path is not that of a photo' },
    ],
    ['broken encoding', { ...office, photo: '/%zz' }, { status: 400, reason: 'bad-encoding' }],
    ['the page', { client: '8.8.8.8', photo: '/-/turned-away' }, { status: 200, reason: 'page' }],
    ['no client', { peer: '127.0.0.1' }, { status: 302, reason: 'client-header-missing' }],
    [
      'photos on another machine',
      { ...office, photo: 'joe@acme.example' },
      { status: 200, photoExists: null, detail: /^not known here, if it is there: ENOENT/ },
      `${rules}photos: { directory: gone }`,
    ],
    [
      'a bare status',
      { client: '8.8.8.8' },
      { status: 403, location: null },
      'allow: []\notherwise: { status: 403 }',
    ],
  ]
  for (const [title, options, answer, config] of rows) {
    await t.test(title, async t => {
      const { printed } = await run({ ...options, json: true }, config)
      t.match(JSON.parse(printed).answer, answer)
    })
  }
})

t.test('a --photo that is neither a mail address nor a path is refused', async t => {
  for (const photo of ['nobody', 'a@b@acme.example', '', '-', 'joe@', 'C:\\joe@acme.example']) {
    await t.test(photo, async t => {
      await t.rejects(run({ client: '10.0.0.1', photo }), {
        code: 'GATE_USAGE',
        message: `--photo "${photo}" is not a mail address; write one like joe@acme.example, or the path of a request`,
      })
    })
  }
})

t.test('--cookie - reads a pasted Cookie header from standard input', async t => {
  const rows: [string, string | Buffer, string | null][] = [
    ['pairs', 'a=b; LtpaToken2=x', 'signed-in'],
    ['with its name', 'Cookie: a=b; LtpaToken2=x\r\n', 'signed-in'],
    ['in small letters', 'cookie:LtpaToken2=x', 'signed-in'],
    ['wrapped', 'Cookie: a=b; LtpaTo\n  ken2=x\n', 'signed-in'],
    ['in a request', 'GET / HTTP/1.1\nHost: a\nCookie: LtpaToken2=x\nAccept: */*\n\n', 'signed-in'],
    ['UTF-16', Buffer.from('\ufeffCookie: LtpaToken2=x', 'utf16le'), 'signed-in'],
    ['another cookie', 'Cookie: a=b', null],
  ]
  for (const [title, text, rule] of rows) {
    await t.test(title, async t => {
      const input = (async function* () {
        yield Buffer.from(text as string)
      })()
      const output = captureOutput()
      await explain(
        { config: home.file, client: '8.8.8.8', cookie: ['-'], json: true },
        output,
        input,
      )
      t.equal(JSON.parse(output.printed()).rule, rule)
    })
  }
  for (const [title, text, message] of [
    ['nothing', '', /has no cookie/],
    ['Set-Cookie', 'Set-Cookie: LtpaToken2=x; Path=/', /is a Set-Cookie header/],
    ['not a text', 'LtpaToken2=\0', /has a NUL character/],
  ] as const) {
    await t.test(title, async t => {
      const input = (async function* () {
        yield Buffer.from(text)
      })()
      const asking = explain(
        { config: home.file, client: '8.8.8.8', cookie: ['-'] },
        captureOutput(),
        input,
      )
      await t.rejects(asking, { code: 'GATE_USAGE', message })
    })
  }
})

t.test('--client is judged as the peer, with no proxy between', async t => {
  t.strictSame(await judge({ client: '8.8.8.8' }), turnedAway('8.8.8.8'))
  t.strictSame(
    await judge({ client: '127.0.0.1' }),
    turnedAway('127.0.0.1'),
    'though it is a proxy',
  )
  t.strictSame(await judge({ client: '10.9.9.9' }), admitted('offices', '10.9.9.9'))
  t.strictSame(await judge({ client: '2001:DB8::1' }), admitted('offices', '2001:db8::1'))
})

t.test('--peer is judged with its headers, as in the gate', async t => {
  const header = (value: string) => [`X-Forwarded-For: ${value}`]
  const rows: [
    string,
    ExplainOptions,
    ReturnType<typeof turnedAway> | ReturnType<typeof admitted>,
  ][] = [
    ['CVE-2022-31813: a proxy without a header', { peer: '10.9.9.9' }, turnedAway(null)],
    [
      'CVE-2022-31813: a proxy that passes Connection on',
      { peer: '10.9.9.9', header: [...header('10.0.0.1'), 'Connection: close, X-Forwarded-For'] },
      turnedAway(null),
    ],
    ['a proxy with an empty header', { peer: '127.0.0.1', header: header('') }, turnedAway(null)],
    ['a proxy with nonsense', { peer: '127.0.0.1', header: header('10.1') }, turnedAway(null)],
    [
      'a stranger with a header',
      { peer: '8.8.8.8', header: header('10.0.0.1') },
      turnedAway('8.8.8.8'),
    ],
    [
      'a proxy that names a stranger after a colleague',
      { peer: '127.0.0.1', header: header('10.0.0.1, 8.8.8.8') },
      turnedAway('8.8.8.8'),
    ],
    [
      'a proxy that names a colleague',
      { peer: '127.0.0.1', header: header('8.8.8.8, 10.0.0.1') },
      admitted('offices', '10.0.0.1'),
    ],
    [
      'two proxies, one behind the other',
      { peer: '127.0.0.1', header: header('10.0.0.1, 10.9.9.9') },
      admitted('offices', '10.0.0.1'),
    ],
    [
      'two headers are one list',
      { peer: '127.0.0.1', header: [...header('10.0.0.1'), ...header('8.8.8.8')] },
      turnedAway('8.8.8.8'),
    ],
  ]
  for (const [what, options, expected] of rows) {
    t.test(what, async t => {
      t.strictSame(await judge(options), expected)
    })
  }
})

t.test('only the configured header names the client', async t => {
  const all = {
    'x-forwarded-for': 'x-forwarded-for: 10.0.0.1',
    forwarded: 'Forwarded: for=10.0.0.1;proto=https',
    'x-real-ip': 'X-Real-IP: 10.0.0.1',
    $wsra: '$WSRA: 10.0.0.1',
  }
  for (const [clientHeader, line] of Object.entries(all)) {
    t.test(clientHeader, async t => {
      const config = `${rules}clientHeader: ${clientHeader}\n`
      t.strictSame(
        await judge({ peer: '127.0.0.1', header: [line] }, config),
        admitted('offices', '10.0.0.1'),
      )
      const others = Object.values(all).filter(other => other !== line)
      t.strictSame(await judge({ peer: '127.0.0.1', header: others }, config), turnedAway(null))
    })
  }
})

t.test('cookies are read from --cookie and from --header', async t => {
  const client = '8.8.8.8'
  const photo = 'joe@acme.example'
  const rows: [string, ExplainOptions, string | null][] = [
    ['another name', { client, cookie: ['xLtpaToken2=1'] }, null],
    ['a value that holds the name', { client, cookie: ['foo="LtpaToken=1"'] }, null],
    ['an empty value', { client, cookie: ['LtpaToken='] }, null],
    [
      'a photo that is excluded',
      { client, cookie: ['Page=room1'], photo: 'ceo@acme.example' },
      null,
    ],
    ['no photo', { client, cookie: ['Page=room1'] }, null],
    ['one of two', { client, cookie: ['a=b', 'LTPATOKEN=1'] }, 'signed-in'],
    ['one of two in one', { client, cookie: ['a=b; LtpaToken2=1'] }, 'signed-in'],
    ['a photo that is included', { client, cookie: ['Page=Room1'], photo }, 'meeting'],
    ['a header', { peer: client, header: ['Cookie: LtpaToken2=1'] }, 'signed-in'],
    ['two headers', { peer: client, header: ['Cookie: a=b', 'cookie: LtpaToken=1'] }, 'signed-in'],
    ['both', { peer: client, header: ['Cookie: a=b'], cookie: ['LtpaToken=1'] }, 'signed-in'],
  ]
  for (const [what, options, rule] of rows) {
    t.test(what, async t => {
      t.equal((await judge(options)).rule, rule)
    })
  }
})

t.test('--photo takes a mail address or the path of a request', async t => {
  const rows: [string, string | null][] = [
    ['/', null],
    ['/-/healthz', null],
    ['/%zz', null],
    ['/ceo@acme.example.jpg', null],
    ['/x/joe@acme.example.jpg', null],
    ['joe@acme.example', 'meeting'],
    ['JOE@acme.example.JPG', 'meeting'],
    ['/joe@acme.example.jpg', 'meeting'],
    ['/joe%40acme.example.jpg?x=1', 'meeting'],
    ['/photo?email=joe%40acme.example', 'meeting'],
    ['/profiles/photo.do?email=joe@acme.example&lastMod=5', 'meeting'],
  ]
  for (const [photo, rule] of rows) {
    t.test(photo, async t => {
      t.equal((await judge({ client: '8.8.8.8', cookie: ['Page=room1'], photo })).rule, rule)
    })
  }
})

t.test('the text lists every rule with its conditions, and then the answer', async t => {
  const away = await run({
    peer: '127.0.0.1',
    cookie: ['LtpaToken2=', 'Page=room-CANARY'],
    photo: 'ceo@acme.example',
  })
  t.equal(away.code, 1)
  t.equal(
    away.printed,
    `client  none: the proxy named no client
photo   ceo@acme.example

miss  offices
      - from    no client address: the proxy named no client
miss  signed-in
      - cookie  cookie LtpaToken2 was sent, but is empty
miss  meeting
      + cookie  cookie Page=room* was sent
      - photos  photo ceo@acme.example is not in *@acme.example, !ceo@acme.example

turned away: redirected to https://www.acme.example/sign-in
answer  302 (client-header-missing)
file    there is none in ${join(home.directory, 'photos')}`,
  )
  const hit = await run({ client: '8.8.8.8', cookie: ['LtpaToken2=CANARY'] })
  t.equal(hit.code, 0)
  t.match(hit.printed, /^client {2}8\.8\.8\.8\nphoto {3}none\n\nmiss {2}offices\n/)
  t.match(hit.printed, /\nhit {3}signed-in\n {6}\+ cookie {2}cookie LtpaToken2 was sent\n/)
  t.match(
    hit.printed,
    /\n\nadmitted by rule signed-in\nanswer {2}200 \(found\), if there is such a photo\nfile {4}no photo was named$/,
  )
  t.notMatch(away.printed + hit.printed, /CANARY/)
  const status = await run({ client: '8.8.8.8' }, 'allow: []\notherwise: { status: 403 }')
  t.match(status.printed, /\n\nturned away: answered 403\nanswer {2}403 \(no-rule\)\n/)
})

t.test('a token is verified as in the gate, and its user is printed', async t => {
  const issuer = buildIssuer({ realm: 'acme' })
  const keys = writeKeys(home.directory, 'ltpa', issuer)
  const config = `ltpa: { keys: [${keys}] }\nallow: [{ name: signed-in, ltpa: verified }]\n`
  const ask = (token: string, json: boolean) =>
    run({ client: '192.0.2.1', cookie: [`LtpaToken2=${token}`], json }, config)
  const expiresMs = Date.now() + 60_000
  const good = issuer.issueV2({ expiresMs })
  const { code, printed } = await ask(good, true)
  t.equal(code, 0)
  t.match(JSON.parse(printed), {
    admitted: true,
    rule: 'signed-in',
    identity: { format: 'LtpaToken2', realm: 'acme', user: 'uid=joe,o=acme', expiresMs },
    rules: [{ conditions: [{ kind: 'ltpa', matched: true }] }],
  })
  t.match(
    (await ask(good, false)).printed,
    /^hit {3}signed-in\n {6}\+ ltpa {4}uid=joe,o=acme of realm acme \(LtpaToken2, key [0-9a-f]{8}\) is verified$/m,
  )
  const forged = await ask(buildIssuer({ realm: 'acme' }).issueV2({ expiresMs }), false)
  t.equal(forged.code, 1)
  t.match(forged.printed, /^ {6}- ltpa {4}cookie ltpatoken2 was refused: no key vouches for it$/m)
})

t.test(
  'an alias of an excluded person is excluded, and explain says whose alias it is',
  async t => {
    const away = openConfigHome(t)
    const file = (name: string) => join(away.directory, 'photos', `${name}@acme.example.jpg`)
    writeFileSync(away.file, rules)
    writeFileSync(file('ceo'), jpegOf('ceo'))
    linkSync(file('ceo'), file('js'))
    const asked = { config: away.file, client: '192.0.2.9', cookie: ['Page=room1'] }
    const ask = async (photo: string) => {
      const output = captureOutput()
      const code = await explain({ ...asked, photo }, output)
      return { code, printed: output.printed() }
    }
    t.match(await ask('js@acme.example'), {
      code: 1,
      printed:
        'photo js@acme.example is not in *@acme.example, !ceo@acme.example: it is also the photo of ceo@acme.example',
    })
    t.equal((await ask('joe@acme.example')).code, 0)
    rmSync(join(away.directory, 'photos'), { recursive: true })
    t.match(await ask('joe@acme.example'), {
      code: 1,
      printed: /may show a person that .* excludes: the photo folder cannot be read: ENOENT/,
    })
  },
)

t.test(
  'with more than 8,190 bytes of cookies, explain says so instead of "no cookie was sent"',
  async t => {
    const sent = (length: number) => ['LtpaToken2=x; pad='.padEnd(length, 'y')]
    const doubt = 'the Cookie header has 8,191 bytes, more than 8,190: no cookie was read'
    const long = await run({ client: '8.8.8.8', cookie: sent(8_191) })
    t.equal(long.code, 1)
    t.match(long.printed, `\ncookies ${doubt}\n`)
    t.match(long.printed, `- cookie  ${doubt}\n`)
    t.match(long.printed, /^answer {2}302 \(cookies-too-long\)$/m)
    t.notMatch(long.printed, /was sent/)
    const { printed, code } = await run({ client: '8.8.8.8', cookie: sent(8_190) })
    t.equal(code, 0)
    t.notMatch(printed, /no cookie was read|too-long/)
    const office = await run({ client: '10.0.0.1', cookie: sent(8_191) })
    t.equal(office.code, 0)
    t.match(office.printed, `\ncookies ${doubt}\n`, 'also where another rule admits')
  },
)

t.test(
  'a token among more than 8,190 bytes of cookies is not read, and explain says so',
  async t => {
    const issuer = buildIssuer({ realm: 'acme' })
    const keys = writeKeys(home.directory, 'long', issuer)
    const config = `ltpa: { keys: [${keys}] }\nallow: [{ name: signed-in, ltpa: verified }]\n`
    const token = issuer.issueV2({ expiresMs: Date.now() + 60_000 })
    const cookie = [`LtpaToken2=${token}; pad=`.padEnd(9_000, 'y')]
    const { code, printed } = await run({ client: '192.0.2.1', cookie }, config)
    t.equal(code, 1)
    t.match(printed, /^ {6}- ltpa {4}the Cookie header has 9,000 bytes, more than 8,190: /m)
    t.match(printed, /^answer {2}302 \(cookies-too-long\)$/m)
  },
)

t.test('explain names the group that a photo is in, and the line if it is a glob', async t => {
  const away = openConfigHome(t, {
    'board.txt': 'CEO@acme.example # the boss\n*@board.acme.example\n',
  })
  writeFileSync(
    away.file,
    `groups: { board: { file: board.txt } }
allow:
  - { name: office, from: 10.0.0.0/8, photos: { group: board } }
  - { name: meeting, cookie: Page, photos: ["*@acme.example", { notGroup: board }] }
`,
  )
  const file = (name: string) => join(away.directory, 'photos', `${name}@acme.example.jpg`)
  writeFileSync(file('ceo'), jpegOf('ceo'))
  linkSync(file('ceo'), file('js'))
  const rows: [string, string, string[]][] = [
    ['10.0.0.1', 'ceo@acme.example', ['+ photos  photo ceo@acme.example is in group board']],
    [
      '10.0.0.1',
      'x@board.acme.example',
      ['+ photos  photo x@board.acme.example is in group board, by *@board.acme.example'],
    ],
    [
      '192.0.2.9',
      'ceo@acme.example',
      [
        '- photos  photo ceo@acme.example is not in *@acme.example, notGroup board: it is in group board',
      ],
    ],
    [
      '10.0.0.1',
      'js@acme.example',
      [
        '- photos  photo js@acme.example is not in group board',
        '- photos  photo js@acme.example is not in *@acme.example, notGroup board: it is also the photo of ceo@acme.example, which is in group board',
      ],
    ],
    [
      '192.0.2.9',
      'joe@acme.example',
      ['+ photos  photo joe@acme.example is in *@acme.example, notGroup board'],
    ],
  ]
  for (const [client, photo, expected] of rows) {
    t.test(`${photo} for ${client}`, async t => {
      const output = captureOutput()
      await explain({ config: away.file, client, cookie: ['Page=1'], photo }, output)
      const lines = output
        .printed()
        .split('\n')
        .map(line => line.trim())
      for (const line of expected) t.ok(lines.includes(line), line)
    })
  }
})

t.test('a budget is explained as far as the administrator says what is spent', async t => {
  const budgeted = `photos: { directory: photos }
allow: [{ name: meeting, cookie: Page=1, budget: { people: 40, misses: 10 } }, { name: offices, from: 10.0.0.1 }]
canaries: [trap@acme.example]
`
  const photo = 'jörg@acme.example'
  const asking = { client: '192.0.2.9', cookie: ['Page=1'], photo }
  const answerOf = async (more: ExplainOptions) => {
    const { code, printed } = await run({ ...asking, json: true, ...more }, budgeted)
    const { admitted, budget, answer } = JSON.parse(printed)
    return { code, admitted, budget, answer }
  }
  t.test('a client below its budget is admitted', async t => {
    t.match(await answerOf({ spent: '39' }), {
      budget: { people: 40, misses: 10, perSeconds: 3600, client: '192.0.2.9', spent: 39 },
      answer: { reason: 'missing' },
    })
    t.match(await answerOf({}), { budget: { spent: null, isOver: false } })
  })
  t.test('a client that has spent its budget gets the answer for an unknown photo', async t => {
    t.match(await answerOf({ spent: '40' }), {
      code: 0,
      admitted: true,
      budget: { spent: 40, isOver: true },
      answer: { status: 404, reason: 'over-budget' },
    })
    const { printed } = await run({ ...asking, spent: '40' }, budgeted)
    t.match(
      printed,
      /^budget {2}40 people, .* in 3,600 s for 192\.0\.2\.9; 40 are spent: only people/m,
    )
    t.match(printed, /^answer {2}404 \(over-budget\)/m)
  })
  t.test('the text names the budget, also without --spent', async t => {
    t.match((await run(asking, budgeted)).printed, /--spent N shows the answer/)
    t.match((await run({ ...asking, spent: '3' }, budgeted)).printed, /; 3 are spent$/m)
  })
  t.test('a canary spends the whole budget', async t => {
    t.match(await answerOf({ photo: 'trap@acme.example' }), { answer: { reason: 'over-budget' } })
    const { printed } = await run({ ...asking, photo: 'trap@acme.example' }, budgeted)
    t.match(printed, /this name is a canary/)
  })
  t.test('a rule without a budget says nothing of it', async t => {
    t.match(await answerOf({ cookie: [], client: '10.0.0.1', spent: '99' }), { budget: null })
  })
  t.test('a --spent that is not a number is refused', async t => {
    await t.rejects(run({ ...asking, spent: 'many' }, budgeted), {
      message: '--spent "many" is not a number of people; write one like 40',
    })
  })
})
