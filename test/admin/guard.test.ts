// What the guard refuses, sent as attackers send it; and what it lets through.
import t from 'tap'
import { adminToken, bearer, form, signIn, startAdmin } from '../fixtures/admin.ts'
import { sendRaw } from '../fixtures/client.ts'

const json = { 'content-type': 'application/json' }
const statusOf = (text: string) => text.split('\r\n', 1)[0]

t.test(
  'a Host that is not the listener is refused: a stranger could let it point here',
  async t => {
    const { ask, port, seen } = await startAdmin(t, { hasToken: false })
    const refused = [
      ...['evil.example', 'evil.example:8090', 'localhost.evil.example', '127.0.0.1.evil.example'],
      ...[
        '192.0.2.7',
        '[2001:db8::1]:8090',
        '0.0.0.0',
        'localhost@evil.example',
        'localhost:8090:1',
      ],
      ...['[::1].evil.example', '2130706433', '127.1', '0x7f.1', 'xn--localhost', 'a b'],
    ]
    for (const host of refused) {
      const { status, body } = await ask('/seen', { headers: { host } })
      t.match(status, /^(?:421|400)$/, host)
      if (status === 421) t.match(body.toString(), 'admin.names')
    }
    for (const fields of [
      '',
      'Host: localhost\r\nHost: evil.example\r\n',
      'Host: a\r\nhost: a\r\n',
    ]) {
      const answer = await sendRaw(port, `GET /seen HTTP/1.1\r\n${fields}\r\n`)
      t.match(statusOf(answer), /^HTTP\/1\.1 400 /, JSON.stringify(fields))
    }
    const empty = await sendRaw(port, 'GET /seen HTTP/1.1\r\nHost:\r\n\r\n')
    t.match(statusOf(empty), /^HTTP\/1\.1 421 /)
    t.strictSame(seen, [])
  },
)

t.test('its own names are answered, with any port: that of a tunnel is another one', async t => {
  const { ask, seen } = await startAdmin(t, {
    ...{ hasToken: false, settings: { names: ['photos-admin.acme.example'] } },
  })
  const hosts = [
    ...['localhost', 'LOCALHOST:9000', '127.0.0.1', '127.0.0.1:8090', '[::1]:8090', '127.0.0.2'],
    ...['photos-admin.acme.example', 'Photos-Admin.acme.example.:8090'],
  ]
  for (const host of hosts) t.equal((await ask('/seen', { headers: { host } })).status, 200, host)
  t.equal(seen.length, hosts.length)
})

t.test('without a token, what a front has passed on is refused', async t => {
  const { ask, port, seen } = await startAdmin(t, { hasToken: false })
  const names = [
    ...['Via', 'VIA', 'Forwarded', 'X-Forwarded-For', 'x-forwarded-host', 'X-FORWARDED-PROTO'],
    ...['X-Forwarded-Anything', 'X-Forwarded', 'X-Real-IP', 'X-Client-IP', 'X-Original-URL'],
    ...['$WSRA', '$WSSN', 'CF-Connecting-IP', 'True-Client-IP', 'X-Envoy-External-Address'],
  ]
  for (const name of names) {
    for (const value of ['198.51.100.7', '']) {
      const { status, body } = await ask('/seen', { headers: { [name]: value } })
      t.equal(status, 403, `${name}: ${value}`)
      t.match(body.toString(), 'set admin.tokenFile')
    }
  }
  // nginx speaks 1.0 to what it passes on to, and sends no header of its own.
  const answer = await sendRaw(port, 'GET /seen HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n')
  t.match(statusOf(answer), /403/)
  t.strictSame(seen, [])
})

t.test('with a token, a front may stand before the page', async t => {
  const { ask } = await startAdmin(t)
  const passedOn = { via: '1.1 front', 'x-forwarded-for': '198.51.100.7' }
  t.equal((await ask('/seen', { headers: passedOn })).status, 401)
  t.equal((await ask('/seen', { headers: { ...passedOn, ...bearer } })).status, 200)
})

t.test('a browser signs in through a front that speaks TLS, and no other site does', async t => {
  const settings = { names: ['photos-admin.acme.example'] }
  const { ask } = await startAdmin(t, { settings })
  const host = 'photos-admin.acme.example'
  const body = new URLSearchParams({ token: adminToken }).toString()
  const post = async (headers: Record<string, string>) =>
    (await ask('/sign-in', { method: 'POST', headers: { ...form, host, ...headers }, body })).status
  const via = '1.1 front'
  t.equal(await post({ via, origin: `https://${host}` }), 303)
  t.equal(await post({ via, origin: 'https://evil.example' }), 403)
  t.equal(await post({ via, origin: `https://${host}:444` }), 403)
  t.equal(await post({ origin: `https://${host}` }), 403, 'without the front it is another one')
})

t.test('odd paths never get to a route', async t => {
  const { port, seen } = await startAdmin(t, { hasToken: false })
  const targets = [
    ...['/a/../seen', '/./seen', '//seen', '/seen/', '/SEEN', '/seen;x=1', '/%73een', '/s%65en'],
    ...['/..%2fseen', '/a%2f..%2fseen', '/a%5cseen', '/a\\seen', '/seen%00', '/seen%', '/seen#x'],
    ...['http://127.0.0.1/seen', 'HTTP://evil.example/seen', '*', '127.0.0.1:80', '/é', '/-odd-'],
    ...['/seen\t', '/seen?a\x7f', `/seen?${'a'.repeat(5_000)}`, '/.seen', '/livez/../seen'],
  ]
  for (const target of targets) {
    const answer = await sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    t.match(statusOf(answer), /^HTTP\/1\.1 40[04] /, target)
  }
  t.strictSame(seen, [])
})

t.test('requests that two servers could read differently end the connection', async t => {
  const { port, seen } = await startAdmin(t, { hasToken: false })
  const behind = 'GET /seen HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const head = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n'
  const post = 'POST /change HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  const rows = [
    `${head}Content-Length: ${behind.length}\r\n\r\n${behind}`,
    `${head}Content-Length: +0\r\n\r\n${behind}`,
    `${head}Content-Length: 0, 0\r\n\r\n${behind}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${behind}`,
    `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${behind}`,
    `${post}Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}${behind}`,
    `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${behind}`,
    `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${behind}`,
    `GET /livez HTTP/1.1\nHost: localhost\n\n${behind}`,
  ]
  for (const row of rows) {
    const answer = await sendRaw(port, row)
    t.match(statusOf(answer), /^HTTP\/1\.1 400 /, JSON.stringify(row.slice(0, 120)))
    t.notMatch(answer, / 200 |seen/, 'nothing behind it is answered')
  }
  t.strictSame(seen, [])
})

t.test('only GET, HEAD and POST are understood', async t => {
  const { ask, port } = await startAdmin(t, { hasToken: false })
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY']) {
    const answer = await sendRaw(port, `${method} /seen HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    t.match(statusOf(answer), /^HTTP\/1\.1 40[05] /, method)
  }
  const connect = await sendRaw(port, 'CONNECT /seen HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.equal(connect.includes(' 200 '), false)
  t.equal((await ask('/seen', { method: 'HEAD' })).status, 200)
})

t.test('without a token nothing is changed, and the answer says what to configure', async t => {
  const { ask, seen } = await startAdmin(t, { hasToken: false })
  const { status, body } = await ask('/change', { method: 'POST', headers: json, body: '{}' })
  t.equal(status, 403)
  t.match(body.toString(), 'Set admin.tokenFile')
  t.equal((await ask('/sign-in')).status, 404)
  const signedIn = await ask('/sign-in', {
    ...{ method: 'POST', headers: form, body: 'token=' },
  })
  t.equal(signedIn.status, 404)
  t.strictSame(seen, [])
})

t.test('with a token, every route but probes and the sign-in is closed', async t => {
  const { ask, seen } = await startAdmin(t)
  const bad = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: `Basic ${adminToken}` },
    { authorization: `Bearer ${adminToken.slice(1)}` },
    { authorization: `Bearer ${adminToken} x` },
    { cookie: `photogate-admin=${adminToken}` },
    { cookie: `photogate-admin=` },
    { cookie: `token=${adminToken}` },
  ]
  for (const headers of bad) {
    for (const path of [
      '/',
      '/seen',
      '/change',
      '/no-such-page',
      '/api/session',
      '/livez?verbose',
    ]) {
      const method = path === '/change' ? 'POST' : 'GET'
      const { status, headers: got } = await ask(path, { method, headers: { ...json, ...headers } })
      t.match(status, /^(?:401|429)$/, `${path} ${JSON.stringify(headers)}`)
      if (status === 401) t.equal(got['www-authenticate'], 'Bearer realm="photogate"')
    }
  }
  const page = await ask('/', { headers: { accept: 'text/html,*/*' } })
  t.equal(page.headers.location, '/sign-in', 'a person is led to the sign-in')
  t.equal((await ask('/sign-in.css')).status, 200)
  t.strictSame(seen, [])
})

t.test('a request that changes something carries the token of its session', async t => {
  const { ask, seen } = await startAdmin(t)
  const { cookie, csrfToken } = await signIn(ask)
  const other = await signIn(ask)
  const change = (headers: Record<string, string>) =>
    ask('/change', { method: 'POST', headers: { cookie, ...headers }, body: '{"a":1}' })
  const csrf = { 'x-photogate-csrf': csrfToken }
  const rows: [string, Record<string, string>, number][] = [
    ['no token', json, 403],
    ['an empty one', { ...json, 'x-photogate-csrf': '' }, 403],
    ['that of another session', { ...json, 'x-photogate-csrf': other.csrfToken }, 403],
    ['a form of another site', { ...form, ...csrf }, 415],
    ['text, as a form can send it', { 'content-type': 'text/plain', ...csrf }, 415],
    ['no type', csrf, 415],
    ['another origin', { ...json, ...csrf, origin: 'http://evil.example' }, 403],
    ['the origin null', { ...json, ...csrf, origin: 'null' }, 403],
    ['another port of this host', { ...json, ...csrf, origin: 'http://127.0.0.1:1' }, 403],
    ['another site', { ...json, ...csrf, 'sec-fetch-site': 'cross-site' }, 403],
    ['another host of the domain', { ...json, ...csrf, 'sec-fetch-site': 'same-site' }, 403],
    ['no session', { ...json, ...csrf, cookie: '' }, 401],
  ]
  for (const [name, headers, status] of rows) {
    t.equal((await change(headers)).status, status, name)
  }
  t.strictSame(seen, [])
  t.equal((await change({ ...json, ...csrf, 'sec-fetch-site': 'same-origin' })).status, 200)
  t.strictSame(seen, [{ a: 1 }])
  const script = await ask('/change', {
    ...{ method: 'POST', headers: { ...json, ...bearer }, body: '2' },
  })
  t.equal(script.status, 200, 'a program with the token needs no session')
})

t.test('a page of another site reads nothing, but a link to the page works', async t => {
  const { ask, port, seen } = await startAdmin(t, { hasToken: false })
  const rows: [Record<string, string>, number][] = [
    [
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      403,
    ],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 403],
    [
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      403,
    ],
    [{ origin: 'https://127.0.0.1' }, 403],
    [{ origin: `http://127.0.0.1:${port}` }, 200],
    [
      {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
      200,
    ],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
  ]
  for (const [headers, status] of rows) {
    t.equal((await ask('/seen', { headers })).status, status, JSON.stringify(headers))
  }
  t.equal(seen.length, 3)
})

t.test('every answer has the headers of a page that nobody frames, caches or mixes', async t => {
  const { ask, faults } = await startAdmin(t, { hasToken: false })
  for (const path of [
    '/',
    '/livez',
    '/no-such-page',
    '/%00',
    '/sign-in',
    '/fault',
    '/sign-in.css',
  ]) {
    const { status, headers, body } = await ask(path)
    t.match(headers['content-security-policy'], /^default-src 'none'; .*frame-ancestors 'none'$/)
    t.notMatch(headers['content-security-policy'], /unsafe|\*/)
    t.equal(headers['x-content-type-options'], 'nosniff', path)
    t.equal(headers['referrer-policy'], 'same-origin')
    t.equal(headers['cross-origin-resource-policy'], 'same-origin')
    t.equal(headers['cross-origin-opener-policy'], 'same-origin')
    t.equal(headers['cache-control'], 'no-store')
    if (path === '/fault') t.equal(status, 500)
    t.notMatch(body.toString(), 'a fault that no client may read')
  }
  t.equal(faults.length, 1, 'the log gets the fault')
})

t.test('a body that is too large or not JSON is refused', async t => {
  const { ask, seen } = await startAdmin(t)
  const headers = { ...json, ...bearer }
  for (const [body, status] of [
    ['{', 400],
    ['{"__proto__":{"a":1}}', 400],
    [`"${'a'.repeat(70_000)}"`, 413],
  ] as const) {
    t.equal((await ask('/change', { method: 'POST', headers, body })).status, status)
  }
  t.strictSame(seen, [])
})
