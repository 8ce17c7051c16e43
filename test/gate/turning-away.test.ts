import t from 'tap'
import { startGate } from '../fixtures/gate.ts'

const office = 'allow: [{ name: office, from: [127.0.0.2] }]'
const withoutDate = (raw: readonly string[]) => raw.filter((_, at) => raw[at - (at % 2)] !== 'Date')

t.test('clients that are turned away get the same answer for every request', async t => {
  const gate = await startGate(t, {
    config: `${office}\notherwise: { redirect: "https://www.acme.example/sign-in" }`,
  })
  const known = await gate.ask('/joe@acme.example.jpg')
  t.equal(known.status, 302)
  t.equal(known.headers.location, 'https://www.acme.example/sign-in')
  const paths = [
    '/nobody@acme.example.jpg',
    '/',
    '/%zz',
    '/photo?email=%',
    '/a@b@c.jpg',
    '/..%2f..%2fetc/passwd',
    '/photo?email=joe%40acme.example',
    '/joe%2540acme.example.jpg',
    'http://evil.example/joe@acme.example.jpg',
    '//evil.example/joe@acme.example.jpg',
    `/${'a'.repeat(8000)}.jpg`,
  ]
  for (const path of paths) {
    for (const method of ['GET', 'HEAD']) {
      const other = await gate.ask(path, { method })
      t.strictSame(
        withoutDate(other.rawHeaders),
        withoutDate(known.rawHeaders),
        `${method} ${path.slice(0, 60)}`,
      )
      t.equal(other.body.length, 0)
    }
  }
})

t.test('clients that are turned away learn nothing from preconditions and ranges', async t => {
  const gate = await startGate(t, { config: office })
  const shown = await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.2' })
  t.equal(shown.status, 200)
  const etag = shown.headers.etag as string
  const modified = shown.headers['last-modified'] as string
  const plain = await gate.ask('/nobody@acme.example.jpg')
  const rows: Record<string, string>[] = [
    { 'if-none-match': etag },
    { 'if-none-match': '*' },
    { 'if-match': '"other"' },
    { 'if-match': '*' },
    { 'if-modified-since': modified },
    { 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' },
    { range: 'bytes=0-0' },
    { range: 'bytes=999999-' },
    { range: 'bytes=0-0', 'if-range': etag },
  ]
  for (const headers of rows) {
    t.test(JSON.stringify(headers), async t => {
      const answer = await gate.ask('/joe@acme.example.jpg', { headers })
      t.equal(answer.status, 302)
      t.strictSame(withoutDate(answer.rawHeaders), withoutDate(plain.rawHeaders))
      for (const name of ['etag', 'last-modified', 'content-range', 'accept-ranges', 'allow']) {
        t.equal(answer.headers[name], undefined)
      }
    })
  }
})

t.test('the redirect is never cached, and leads to the built-in page by default', async t => {
  const gate = await startGate(t, { config: office })
  const { headers, body } = await gate.ask('/joe@acme.example.jpg')
  const { date, ...others } = headers
  t.ok(date)
  t.strictSame(others, {
    location: '/-/turned-away',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
    'content-length': '0',
    connection: 'close',
  })
  t.equal(body.length, 0)
  t.equal((await gate.ask(headers.location as string)).status, 200)
})

t.test('a status can replace the redirect', async t => {
  for (const status of [401, 403, 404]) {
    const gate = await startGate(t, { config: `${office}\notherwise: { status: ${status} }` })
    const answer = await gate.ask('/joe@acme.example.jpg')
    t.equal(answer.status, status)
    t.equal(answer.headers.location, undefined)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.match(gate.requests().at(-1), { status, rule: 'turned-away', reason: 'no-rule' })
  }
})

t.test('more than 8,190 bytes of cookies are named as the reason, in the log only', async t => {
  const rules = `allow:
  - { name: office, from: [127.0.0.2] }
  - { name: signed-in, cookie: LtpaToken2 }`
  const gate = await startGate(t, { config: rules })
  const plain = await gate.ask('/joe@acme.example.jpg')
  const rows: [string, number, string?][] = [
    ['at the limit', 8_190],
    ['a byte longer', 8_191],
    ['much longer', 15_000],
    ['a byte longer, from the office', 8_191, '127.0.0.2'],
  ]
  for (const [what, length, from = '127.0.0.1'] of rows) {
    t.test(what, async t => {
      const cookie = 'LtpaToken2=x; pad='.padEnd(length, 'y')
      const answer = await gate.ask('/joe@acme.example.jpg', { from, headers: { cookie } })
      const line = gate.requests().at(-1)
      if (length <= 8_190) return void t.match(line, { rule: 'signed-in', reason: 'found' })
      if (from !== '127.0.0.1') return void t.match(line, { rule: 'office', reason: 'found' })
      t.match(line, { status: 302, rule: 'turned-away', reason: 'cookies-too-long' })
      t.strictSame(withoutDate(answer.rawHeaders), withoutDate(plain.rawHeaders))
      t.equal(answer.body.length, 0)
    })
  }
})

t.test('too many cookies are named as the reason in the log if none of them admits', async t => {
  const rules = 'allow: [{ name: signed-in, cookie: ["page=x*", "shib_*"] }]'
  const gate = await startGate(t, { config: rules })
  const ask = (cookie: string) => gate.ask('/joe@acme.example.jpg', { headers: { cookie } })
  for (const [many, one] of [
    ['page=y;'.repeat(64), 'page=x'],
    ['shib_a=;'.repeat(32), 'shib_b=1'],
  ] as const) {
    await ask(many)
    t.match(gate.requests().at(-1), { rule: 'turned-away', reason: 'no-rule' })
    await ask(`${many}${one}`)
    t.match(gate.requests().at(-1), { rule: 'turned-away', reason: 'cookies-too-many' })
    await ask(`${one};${many}`)
    t.match(gate.requests().at(-1), { rule: 'signed-in', reason: 'found' })
  }
})

t.test('too many cookies are not named as the reason when no rule asks for cookies', async t => {
  const gate = await startGate(t, { config: office })
  await gate.ask('/joe@acme.example.jpg', { headers: { cookie: 'a='.padEnd(9_000, 'y') } })
  t.match(gate.requests().at(-1), { rule: 'turned-away', reason: 'no-rule' })
})

t.test('too many cookies are named as the reason even when the front named no client', async t => {
  const config = 'proxies: [127.0.0.9]\nallow: [{ name: signed-in, cookie: "Ltpa*" }]'
  const gate = await startGate(t, { config })
  const headers = { cookie: 'LtpaToken2='.padEnd(9_000, 'y') }
  await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.9', headers })
  t.match(gate.requests().at(-1), { client: null, reason: 'cookies-too-long' })
})
