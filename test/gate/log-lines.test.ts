import t from 'tap'
import { sendRaw } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const canary = 'canary-7c1e'
const config = `
proxies: [127.0.0.5]
allow:
  - { name: office, from: [127.0.0.2, 10.0.0.0/8] }
  - { name: signed-in, cookie: LtpaToken2 }`

t.test('every request leaves exactly one line with its decision', async t => {
  const gate = await startGate(t, { config })
  const office = '127.0.0.2'
  type Row = [path: string, options: Parameters<typeof gate.ask>[1], line: Record<string, unknown>]
  const bytes = jpegOf('joe').length
  const joe = { address: 'joe@acme.example' }
  const nobody = 'no-photo-address'
  const away = { status: 302, rule: 'turned-away', bytes: 0 }
  const rows: Row[] = [
    [
      '/joe@acme.example.jpg',
      { from: office },
      {
        ...joe,
        client: office,
        peer: office,
        method: 'GET',
        status: 200,
        rule: 'office',
        reason: 'found',
        bytes,
      },
    ],
    [
      '/JOE@acme.example.jpg',
      { from: office, method: 'HEAD' },
      { ...joe, method: 'HEAD', status: 200, bytes: 0 },
    ],
    [
      '/joe@acme.example.jpg',
      { from: office, headers: { range: 'bytes=0-9' } },
      { status: 206, reason: 'range', bytes: 10 },
    ],
    [
      '/joe@acme.example.jpg',
      { from: office, headers: { range: 'bytes=9999-' } },
      { status: 416, reason: 'range-unsatisfiable', bytes: 0 },
    ],
    [
      '/joe@acme.example.jpg',
      { from: office, headers: { 'if-none-match': '*' } },
      { status: 304, reason: 'not-modified', bytes: 0 },
    ],
    [
      '/joe@acme.example.jpg',
      { from: office, headers: { 'if-match': '"x"' } },
      { status: 412, reason: 'precondition-failed', bytes: 0 },
    ],
    [
      '/sue@acme.example.jpg',
      { from: office },
      { address: 'sue@acme.example', status: 404, reason: 'missing' },
    ],
    ['/', { from: office }, { path: '/', address: null, status: 404, reason: nobody }],
    [
      '/%zz',
      { from: office },
      { address: null, path: '/%zz', status: 400, rule: 'office', reason: 'bad-encoding' },
    ],
    ['/%zz', {}, { ...away, path: '/%zz', address: null, client: '127.0.0.1', reason: nobody }],
    ['/joe@acme.example.jpg', {}, { ...away, ...joe, client: '127.0.0.1', reason: 'no-rule' }],
    [
      '/joe@acme.example.jpg',
      { headers: { cookie: `LtpaToken2=${canary}` } },
      { status: 200, rule: 'signed-in' },
    ],
    [
      '/joe@acme.example.jpg',
      { from: '127.0.0.5' },
      { ...away, client: null, peer: '127.0.0.5', reason: 'client-header-missing' },
    ],
    [
      '/joe@acme.example.jpg',
      { from: '127.0.0.5', headers: { 'x-forwarded-for': canary } },
      { ...away, client: null, reason: 'client-header-unparsable' },
    ],
    [
      '/joe@acme.example.jpg',
      { from: '127.0.0.5', headers: { 'x-forwarded-for': '10.1.2.3' } },
      { status: 200, client: '10.1.2.3', peer: '127.0.0.5' },
    ],
    [
      '/joe@acme.example.jpg',
      { method: 'DELETE' },
      { status: 405, method: 'DELETE', rule: null, reason: 'method' },
    ],
    [
      '/joe@acme.example.jpg',
      { headers: { 'content-length': '1' }, body: 'x' },
      { status: 400, rule: null, reason: 'body' },
    ],
    ['/-/healthz', {}, { status: 200, rule: null, reason: 'health', address: null, bytes: 3 }],
    ['/-/turned-away', {}, { status: 200, rule: null, reason: 'page', address: null }],
  ]
  for (const [path, options, line] of rows) {
    t.test(JSON.stringify([path, options]), async t => {
      const before = gate.requests().length
      const { status } = await gate.ask(path, options)
      await waitUntil(() => gate.requests().length > before)
      const [written, ...others] = gate.requests().slice(before)
      t.equal(others.length, 0)
      t.match(written, { ...line, status })
      t.match(written, {
        level: 'info',
        time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
        milliseconds: Number,
      })
      for (const name of [
        'client',
        'peer',
        'method',
        'address',
        'status',
        'rule',
        'reason',
        'bytes',
        'userAgent',
      ]) {
        t.ok(Object.hasOwn(written ?? {}, name), name)
      }
    })
  }
  t.notMatch(JSON.stringify(gate.lines()), canary)
})

t.test(
  'the line shows a wrong URL template by its path, and by the reason when admitted',
  async t => {
    const gate = await startGate(t, { config })
    const rows: [asked: string, path: string][] = [
      ['/photos/joe@acme.example.jpg', '/photos/joe@acme.example.jpg'],
      ['/joe@acme.example.png', '/joe@acme.example.png'],
      ['/joe@acme.example.jpg.jpg/', '/joe@acme.example.jpg.jpg/'],
      ['/%7Bemail%7D.jpg', '/%7Bemail%7D.jpg'],
      ['/photos%2Fjoe@acme.example.jpg', '/photos%2Fjoe@acme.example.jpg'],
      ['/CN%3DJoe%20Miller%2FO%3DAcme.jpg', '/CN%3DJoe%20Miller%2FO%3DAcme.jpg'],
      ['/photo?mail=joe@acme.example', '/photo'],
      ['/photo?email=joe@acme.example&email=ann@acme.example', '/photo'],
      ['/photo;jsessionid=1?email=joe@acme.example', '/photo'],
      ['/photo&email=joe@acme.example', '/photo&email'],
      ['http://user:word@photos.acme.example/joe', '/joe'],
      ['ftp://user:word@photos.acme.example/joe', '/joe'],
      [`/${'x'.repeat(1_000)}`, `/${'x'.repeat(255)}`],
    ]
    const lineOf = async (path: string, from: string, userAgent?: string) => {
      const before = gate.requests().length
      const agent = userAgent === undefined ? '' : `User-Agent: ${userAgent}\r\n`
      await sendRaw(
        gate.port,
        `GET ${path} HTTP/1.1\r\nHost: x\r\n${agent}Connection: close\r\n\r\n`,
        {
          from,
        },
      )
      await waitUntil(() => gate.requests().length > before)
      return gate.requests()[before]
    }
    for (const [asked, path] of rows) {
      await t.test(asked.slice(0, 60), async t => {
        const seen = { path, address: null }
        const admitted = { ...seen, status: 404, reason: 'no-photo-address', rule: 'office' }
        t.match(await lineOf(asked, '127.0.0.2'), admitted)
        t.match(await lineOf(asked, '127.0.0.1'), {
          ...seen,
          ...{ status: 302, rule: 'turned-away', reason: 'no-photo-address' },
        })
      })
    }
    for (const path of ['/joe@acme.example.jpg', '/ann@acme.example.jpg', '/-/healthz']) {
      const line = (await lineOf(path, '127.0.0.2', 'HCL Sametime/12')) ?? {}
      t.notOk(Object.hasOwn(line, 'path'), `no path for ${path}`)
      t.equal(line.userAgent, 'HCL Sametime/12')
    }
    const long = `Mozilla/5.0 "(X11; ${'y '.repeat(5_000)})"`
    for (const agent of [long, long]) {
      t.match(await lineOf('/', '127.0.0.2', agent), { userAgent: agent.slice(0, 256) })
    }
  },
)

t.test('a placeholder does not hide that the URL names no photo', async t => {
  const gate = await startGate(t, { config: `photos: { missing: placeholder }\n${config}` })
  for (const [path, reason] of [
    ['/photos/joe@acme.example.jpg', 'no-photo-address'],
    ['/ann@acme.example.jpg', 'placeholder'],
  ] as const) {
    const before = gate.requests().length
    t.equal((await gate.ask(path, { from: '127.0.0.2' })).status, 200)
    await waitUntil(() => gate.requests().length > before)
    t.match(gate.requests().at(-1), { status: 200, reason })
  }
})

t.test('a malformed request leaves exactly one line as well', async t => {
  const gate = await startGate(t, { config })
  const rows: [title: string, raw: string, status: number][] = [
    ['garbage', 'GARBAGE\r\n\r\n', 400],
    ['a header too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a header that is far too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(500_000)}\r\n\r\n`, 431],
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'an unknown Expect',
      'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n',
      302,
    ],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    [
      'an upgrade',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n',
      302,
    ],
  ]
  for (const [title, raw, status] of rows) {
    t.test(title, async t => {
      const before = gate.requests().length
      const answer = await sendRaw(gate.port, raw)
      t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      await waitUntil(() => gate.requests().length > before)
      t.match(gate.requests().slice(before), [{ status, peer: '127.0.0.1', userAgent: null }])
      t.equal(gate.requests().length, before + 1)
    })
  }
})

t.test('no cookie, query or header except the user agent is logged', async t => {
  const gate = await startGate(t, { config })
  const before = gate.requests().length
  const headers = [
    'Cookie: LtpaToken2=C; C=C',
    'Authorization: Basic C',
    'Referer: C',
    'X-Forwarded-For: C',
    'X-Forwarded-Host: C',
    'Host: C',
    'Forwarded: for=C',
    'If-None-Match: "C"',
    'Range: C',
    'C: C',
  ]
  for (const header of headers) {
    const host = header.startsWith('Host') ? '' : 'Host: x\r\n'
    const raw = `GET /joe@acme.example.jpg?C&email=C HTTP/1.1\r\n${host}${header}\r\nConnection: close\r\n\r\n`
    for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.5']) {
      await sendRaw(gate.port, raw.replaceAll(/\bC\b/g, canary), { from })
    }
  }
  await waitUntil(() => gate.requests().length >= before + headers.length * 3)
  t.notMatch(JSON.stringify(gate.lines()), canary)
})

t.test('no name breaks the line', async t => {
  const gate = await startGate(t, { config })
  const names = [
    'joe%0d%0a{}',
    'joe%22,%22rule%22:%22x',
    'joe%1b[31m',
    'joe%E2%80%A8',
    'joe%7f',
    'j%C3%B6e',
    "joe'{}|^`~",
    '%F0%9F%98%80',
  ]
  for (const name of names) {
    const before = gate.requests().length
    await gate.ask(`/${name}@acme.example.jpg`)
    await waitUntil(() => gate.requests().length > before)
    const { address } = gate.requests().at(-1) ?? {}
    t.ok(address === null || address === `${decodeURIComponent(name)}@acme.example`, name)
    t.notMatch(address ?? '', /\p{C}|\p{Zl}/u)
  }
})
