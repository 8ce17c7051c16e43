// Guest passes through a whole gate, over real sockets.
import { join } from 'node:path'
import t from 'tap'
import type { PassTerms } from '../../src/evidence/guest-pass.ts'
import { signPass } from '../../src/evidence/guest-pass.ts'
import { buildLinkKeys } from '../../src/evidence/link-keys.ts'
import { signLink } from '../../src/evidence/signed-link.ts'
import { sendRaw } from '../fixtures/client.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const home = t.testdir({})
const secretOf = (seed: number) => Buffer.from(Array.from({ length: 32 }, (_, at) => at * 3 + seed))
const fileOf = (seed: number) => join(home, `link-${seed}.secret`)
for (let seed = 0; seed < 2; seed++) writeSecret(fileOf(seed), secretOf(seed).toString('base64'))
const configOf = (more = '', others = '') => `links: { secrets: [${fileOf(0)}] }
allow: [{ name: guests, pass: signed, photos: ["*@acme.example", "*@partner.example"]${more} }${others}]
otherwise: { redirect: "https://www.acme.example/sign-in" }
`
const [joe, ann, out] = ['joe@acme.example', 'ann@partner.example', 'out@other.example']
const photos = Object.fromEntries([joe, ann, out].map(each => [`${each}.jpg`, jpegOf(each)]))
const nowSeconds = () => Math.floor(Date.now() / 1000)
const sign = (terms: Partial<PassTerms> & { seed?: number; seconds?: number } = {}) => {
  const { seed = 0, seconds = 3_600, ...more } = terms
  const expires = nowSeconds() + seconds
  return signPass(buildLinkKeys([secretOf(seed)]), { expires, photos: ['*@acme.example'], ...more })
}
const cookieOf = (...texts: string[]) => ({
  cookie: texts.map(text => `__Host-photogate-pass=${text}`).join('; '),
})
const comparable = ({ status, rawHeaders, body }: Awaited<ReturnType<GateFixture['ask']>>) => {
  const headers = rawHeaders.filter((_, at) => rawHeaders[at - (at % 2)] !== 'Date')
  return JSON.stringify({ status, headers, body: body.toString() })
}

t.test('a request without a good pass gets the one answer of the turned away', async t => {
  const gate = await startGate(t, { config: configOf(), photos })
  const { text: good } = sign()
  const link = signLink(buildLinkKeys([secretOf(0)]), { address: joe, expires: nowSeconds() + 60 })
  const answers: string[] = []
  const rows: [string, string, Record<string, string>, object?][] = [
    ['no cookie', joe, {}],
    ['a forged pass', joe, cookieOf(`${good.slice(0, -2)}AA`), { refused: 'not-authentic' }],
    ['a cut pass', joe, cookieOf(good.slice(0, 60)), { refused: 'cut' }],
    [
      'an expired pass',
      joe,
      cookieOf(sign({ seconds: 0, name: 'Q3' }).text),
      { refused: 'expired', name: 'Q3' },
    ],
    [
      'a pass by another secret',
      joe,
      cookieOf(sign({ seed: 1 }).text),
      { refused: 'unknown-secret' },
    ],
    ['a pass for other photos', ann, cookieOf(good), { id: /^[\da-f]{16}$/ }],
    ['photos that the rule does not open', out, cookieOf(sign({ photos: ['*'] }).text), {}],
    ['the name in small letters', joe, { cookie: `__host-photogate-pass=${good}` }],
    ['another name', joe, { cookie: `photogate-pass=${good}` }],
    ['the pass as parameter of the photo', `${joe}.jpg?p=${good}&x=`, {}],
    ['the signature of a link', joe, cookieOf(link.split('sig=')[1] as string), { refused: 'cut' }],
    ['five passes, the last one good', joe, cookieOf('A', 'A', 'A', 'A', good), { refused: 'cut' }],
    [
      'a header that is too long',
      joe,
      { cookie: `${cookieOf(good).cookie}; a=${'x'.repeat(8_200)}` },
    ],
  ]
  for (const [what, photo, headers] of rows) {
    await t.test(what, async t => {
      const answer = await gate.ask(`/${photo}.jpg`, { headers })
      answers.push(comparable(answer))
      t.equal(answer.status, 302)
    })
  }
  t.equal(new Set(answers).size, 1, 'the same bytes')
  await waitUntil(() => gate.requests().length === rows.length)
  for (const [at, request] of gate.requests().entries()) {
    const [what, , , pass] = rows[at] as (typeof rows)[number]
    t.match(request, { rule: 'turned-away', status: 302, ...(pass && { pass }) }, what)
    t.equal(request.pass === undefined, pass === undefined, what)
  }
  t.equal(gate.requests().at(-1)?.reason, 'cookies-too-long')
})

t.test('a good pass gets the photos that it opens, and the log names it', async t => {
  const gate = await startGate(t, { config: configOf(), photos })
  const { text, id } = sign({ name: 'Q3 "review" ☕' })
  const { text: other } = sign({ photos: [ann] })
  const headers = cookieOf(text)
  for (const path of [`/${joe}.jpg`, `/JOE%40ACME.example.JPG`, `/photo?email=${joe}`]) {
    const { status, body } = await gate.ask(path, { headers })
    t.equal(status, 200, path)
    t.ok(body.equals(jpegOf(joe)))
  }
  t.equal(
    (await gate.ask(`/${ann}.jpg`, { headers: cookieOf(text, other) })).status,
    200,
    'any of two',
  )
  t.equal(
    (
      await gate.ask(`/${ann}.jpg`, {
        headers: { cookie: `a=b; ${cookieOf('cut', other).cookie};c=d` },
      })
    ).status,
    200,
  )
  await waitUntil(() => gate.requests().length === 5)
  t.strictSame(gate.requests()[0]?.pass, { id, name: 'Q3 "review" ☕' })
  t.match(gate.requests()[4]?.pass, { id: /^[\da-f]{16}$/, name: undefined, refused: undefined })
})

t.test('the page of passes sets the cookie, which opens the photos', async t => {
  const gate = await startGate(t, { config: configOf(), photos })
  const { text, id } = sign({ name: 'Q3' })
  const answer = await gate.ask(`/-/pass?p=${text}`)
  t.equal(answer.status, 200)
  t.match(answer.body.toString(), /You may close this window/)
  t.match(answer.headers, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy':
      /^default-src 'none'; style-src 'sha256-[^']*'; .*frame-ancestors 'none'$/,
    'x-content-type-options': 'nosniff',
  })
  const [cookie = '', ...others] = answer.headers['set-cookie'] ?? []
  t.strictSame(others, [])
  const [pair = '', ...attributes] = cookie.split('; ')
  t.equal(pair, `__Host-photogate-pass=${text}`)
  const [path, expires = '', maxAge = '', ...flags] = attributes
  t.equal(path, 'Path=/')
  t.strictSame(flags, ['Secure', 'HttpOnly', 'SameSite=None'])
  const seconds = Number(maxAge.replace('Max-Age=', ''))
  t.ok(seconds > 3_500 && seconds <= 3_600, maxAge)
  t.ok(Math.abs(Date.parse(expires.replace('Expires=', '')) - Date.now() - 3_600_000) < 60_000)
  t.equal((await gate.ask(`/${joe}.jpg`, { headers: { cookie: pair } })).status, 200)
  const head = await gate.ask(`/-/pass?utm_source=mail&p=${text}`, { method: 'HEAD' })
  t.match(head, { status: 200, body: Buffer.alloc(0) })
  t.equal(head.headers['set-cookie']?.length, 1)
  t.equal((await gate.ask(`/%2d/pass?p=${text}`)).status, 200, 'an encoded path')
  await waitUntil(() => gate.requests().length === 4)
  t.match(gate.requests()[0], {
    ...{ status: 200, reason: 'pass', rule: null, client: '127.0.0.1', pass: { id, name: 'Q3' } },
  })
  t.equal(gate.requests()[0]?.path, undefined)
})

t.test('the page says the same to whatever is wrong, and the log says what', async t => {
  const gate = await startGate(t, { config: configOf(), photos })
  const { text } = sign()
  const rows: [string, string][] = [
    ['', 'missing'],
    ['?', 'missing'],
    ['?p=', 'missing'],
    [`?q=${text}`, 'missing'],
    [`?P=${text}`, 'malformed'],
    [`?p=${text}&p=${text}`, 'doubled'],
    [`?p=${text.slice(0, -1)}`, 'cut'],
    [`?p=${text}=`, 'malformed'],
    ['?p=%0d%0aSet-Cookie:%20a=b', 'malformed'],
    [`?p=${'A'.repeat(5_000)}`, 'malformed'],
    [`?p=${text.slice(0, -2)}AA`, 'not-authentic'],
    [`?p=${sign({ seed: 1 }).text}`, 'unknown-secret'],
    [`?p=${sign({ seconds: 0 }).text}`, 'expired'],
  ]
  const answers = new Set<string>()
  for (const [query] of rows) {
    const answer = await gate.ask(`/-/pass${query}`, { headers: { referer: query } })
    answers.add(comparable(answer))
    t.equal(answer.status, 403, query)
    t.match(answer.body.toString(), /Ask the organiser/)
  }
  t.equal(answers.size, 1, 'the same bytes')
  await waitUntil(() => gate.requests().length === rows.length)
  t.strictSame(
    gate.requests().map(({ pass }) => (pass as { refused: string }).refused),
    rows.map(([, reason]) => reason),
  )
})

t.test('only a configuration that asks for passes has the page', async t => {
  const gate = await startGate(t, {
    config: configOf('', ', { name: here, from: 127.0.0.2 }').replace(
      'pass: signed',
      'link: signed',
    ),
    photos,
  })
  const { text } = sign()
  const turnedAway = comparable(await gate.ask('/x'))
  const path = `/-/pass?p=${text}`
  t.equal(comparable(await gate.ask(path)), turnedAway)
  const admitted = await gate.ask(path, { from: '127.0.0.2' })
  t.match(admitted, { status: 404, headers: { 'set-cookie': undefined } })
  await waitUntil(() => gate.requests().length === 3)
  t.match(gate.requests()[1], { reason: 'no-photo-address', path: '/-/pass' })
  t.match(gate.requests()[2], { rule: 'here', reason: 'no-photo-address' })
  t.notOk(JSON.stringify(gate.lines()).includes(text.slice(0, 16)))
})

t.test(
  'no other answer sets a cookie, and neither the log nor an answer shows the pass',
  async t => {
    const gate = await startGate(t, {
      config: configOf(
        ', budget: { people: 1 }',
        ', { name: here, from: 127.0.0.2 }, { name: links, link: signed }',
      ),
      photos,
    })
    const { text } = sign()
    const link = signLink(buildLinkKeys([secretOf(0)]), {
      address: joe,
      expires: nowSeconds() + 60,
    })
    const page = `/-/pass?p=${text}`
    const heads: string[] = []
    const lost = [
      page.slice(1),
      `/${page}`,
      `/-/pass/${text}`,
      `/-/pass;p=${text}`,
      `/-/pass%3fp=${text}`,
      `/${text}.jpg`,
    ]
    const paths = [
      ...[
        `/${joe}.jpg`,
        `/${ann}.jpg`,
        `/gone@acme.example.jpg`,
        `/${joe}.jpg?${link}`,
        '/-/turned-away',
      ],
      ...['/-/healthz', '/-/readyz', '/%zz', `/-/pass?p=${text}x`, '/-/pass', ...lost],
    ]
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
        for (const from of ['127.0.0.1', '127.0.0.2']) {
          const headers = { ...cookieOf(text), referer: `https://x${page}`, 'user-agent': page }
          if (!path.startsWith('/')) continue
          const { rawHeaders, body } = await gate.ask(path, { method, from, headers })
          heads.push(`${rawHeaders.join('\n')}\n${body}`)
        }
      }
    }
    const odd = [
      `GET ${page} HTTP/1.1\r\n\r\n`,
      `GET ${page} HTTP/2.0\r\nHost: a\r\n\r\n`,
      `GET ${page} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
      `GET ${page} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab`,
      `GET ${page}\r\n\r\n`,
      `POST ${page} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab`,
      `CONNECT ${page} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `GET ${page} HTTP/1.1\r\nHost: a\r\n${'a: b\r\n'.repeat(300)}\r\n`,
    ]
    for (const bytes of odd) heads.push(String(await sendRaw(gate.port, bytes)))
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await gate.ask(page, { method })
      t.match({ status, headers }, { status: 405, headers: { allow: 'GET, HEAD' } }, method)
      heads.push(JSON.stringify(headers))
    }
    for (const head of heads) {
      t.notMatch(head, /set-cookie/i)
      t.notOk(head.includes(text.slice(0, 16)))
    }
    const log = JSON.stringify(gate.lines())
    t.notOk(log.includes(text.slice(0, 16)), 'not its beginning')
    t.notOk(log.includes(text.slice(-16)), 'nor its end')
  },
)

t.test('a browser keeps the photo at most until the pass expires', async t => {
  const gate = await startGate(t, { config: `${configOf()}photos: { maxAge: 5m }\n`, photos })
  const ageOf = async (seconds: number) => {
    const answer = await gate.ask(`/${joe}.jpg`, { headers: cookieOf(sign({ seconds }).text) })
    const [, age] = /^private, max-age=(\d+)$/.exec(answer.headers['cache-control'] ?? '') ?? []
    return Number(age)
  }
  t.equal(await ageOf(3_600), 300)
  t.ok((await ageOf(60)) <= 60)
})

t.test(
  'each guest has a budget of its own, by pass and address, and each pass an alarm',
  async t => {
    const names = Array.from({ length: 12 }, (_, at) => `p${at}@acme.example`)
    const gate = await startGate(t, {
      config: configOf(', budget: { people: 3 }, alarm: { people: 5 }'),
      photos: Object.fromEntries(names.map(name => [`${name}.jpg`, jpegOf(name)])),
    })
    const [one, two] = [sign(), sign()]
    const seen = async (text: string, from: string, list = names) => {
      const faces: string[] = []
      for (const name of list) {
        const { status } = await gate.ask(`/${name}.jpg`, { from, headers: cookieOf(text) })
        if (status === 200) faces.push(name)
      }
      return faces
    }
    t.strictSame(await seen(one.text, '127.0.0.1'), names.slice(0, 3))
    t.strictSame(await seen(one.text, '127.0.0.2'), names.slice(0, 3), 'another client')
    t.strictSame(
      await seen(two.text, '127.0.0.1', names.slice(3)),
      names.slice(3, 6),
      'another pass',
    )
    await waitUntil(() => gate.requests().length === 33)
    t.match(gate.requests()[11], { reason: 'over-budget', rule: 'guests', pass: { id: one.id } })
    const alarms = gate.lines().filter(({ level }) => level === 50)
    t.match(alarms, [
      { rule: 'guests', pass: one.id, people: 5, msg: /^the guests with this pass have asked/ },
      { rule: 'guests', pass: two.id, people: 5, msg: /^the guests with this pass have asked/ },
    ])
    t.equal(alarms.length, 2)
  },
)

t.test('why a link was refused is in the log', async t => {
  const gate = await startGate(t, {
    config: `${configOf()}`.replace('pass: signed', 'link: signed'),
    photos,
  })
  const linkOf = (seconds: number, seed = 0) =>
    signLink(buildLinkKeys([secretOf(seed)]), { address: joe, expires: nowSeconds() + seconds })
  const good = linkOf(60)
  const rows: [string, object | undefined][] = [
    ['', undefined],
    [`?${good}`, undefined],
    [`?${good.slice(0, -1)}`, { refused: 'cut' }],
    [`?${good}&exp=1`, { refused: 'doubled' }],
    [`?${good}=`, { refused: 'malformed' }],
    [`?${linkOf(60, 1)}`, { refused: 'unknown-secret' }],
    [`?${linkOf(61).replace(/exp=\d+/, 'exp=99999999999')}`, { refused: 'not-authentic' }],
    [`?${linkOf(-1)}`, { refused: 'expired' }],
  ]
  for (const [query] of rows) await gate.ask(`/${joe}.jpg${query}`)
  await waitUntil(() => gate.requests().length === rows.length)
  t.strictSame(
    gate.requests().map(({ link }) => link),
    rows.map(([, link]) => link),
  )
})
