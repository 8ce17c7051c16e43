import t from 'tap'
import { startGate } from '../fixtures/gate.ts'

const office = 'allow: [{ name: office, from: [127.0.0.2] }]'
const withoutDate = (raw: readonly string[]) => raw.filter((_, at) => raw[at - (at % 2)] !== 'Date')

t.test('the turned away get the same answer, whatever they ask for', async t => {
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

t.test('the turned away learn nothing from preconditions and ranges', async t => {
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

t.test(
  'the redirect is never kept by a cache, and leads to the built-in page by default',
  async t => {
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
  },
)

t.test('instead of the redirect there can be a status', async t => {
  for (const status of [401, 403, 404]) {
    const gate = await startGate(t, { config: `${office}\notherwise: { status: ${status} }` })
    const answer = await gate.ask('/joe@acme.example.jpg')
    t.equal(answer.status, status)
    t.equal(answer.headers.location, undefined)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.match(gate.requests().at(-1), { status, rule: 'turned-away', reason: 'no-rule' })
  }
})
