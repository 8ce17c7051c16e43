// Answers to admitted clients, over real sockets.

import { utimesSync } from 'node:fs'
import { METHODS } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { ask, sendRaw } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'
import { gif, jpegOf, png, webp } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = 'allow: [{ name: office, from: [127.0.0.2] }]'
const from = '127.0.0.2'
const joe = jpegOf('joe')
const at = 'Sun, 06 Nov 1994 08:49:37 GMT'
const withoutDate = (raw: readonly string[]) => raw.filter((_, i) => raw[i - (i % 2)] !== 'Date')

t.test('requests of admitted clients', async t => {
  const gate = await startGate(t, {
    config,
    photos: {
      'joe@acme.example.jpg': joe,
      'JOE.BLOGGS@ACME.EXAMPLE.jpg': jpegOf('bloggs'),
      'joe+tag@acme.example.jpg': jpegOf('tag'),
      "o'neil@acme.example.jpg": jpegOf('neil'),
      'jo\u0308rg@acme.example.jpg': jpegOf('joerg'),
      'gif@acme.example.jpg': gif,
      'png@acme.example.gif': png,
      'webp@acme.example.jpeg': webp,
      'html@acme.example.jpg': Buffer.from('<!doctype html><script>alert(1)</script>'),
      'svg@acme.example.jpg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'half@acme.example.jpg': joe.subarray(0, 200),
    },
  })
  const { port, directory } = gate
  utimesSync(join(directory, 'joe@acme.example.jpg'), 784_111_777, 784_111_777)
  utimesSync(join(directory, 'half@acme.example.jpg'), 784_111_777, 784_111_777)
  const get = (path: string, headers: Record<string, string | string[]> = {}, method = 'GET') =>
    ask(port, path, { from, headers, method })
  await waitUntil(async () => (await get('/joe@acme.example.jpg')).headers['last-modified'] === at)

  t.test('a path that names no photo has none', async t => {
    const paths = [
      '/nobody@acme.example.jpg',
      '/html@acme.example.jpg',
      '/svg@acme.example.jpg',
      '/half@acme.example.jpg',
      '/',
      '/joe@acme.example.jpg/',
      '/x/joe@acme.example.jpg',
      '/joe@acme.example',
      '/photo',
      '/photo?email=joe@acme.example&email=joe@acme.example',
      '/a@b@c.jpg',
      `/${'a'.repeat(300)}@acme.example.jpg`,
      '/-/',
    ]
    for (const path of paths) {
      const { status, headers, body } = await get(path)
      t.equal(status, 404, path)
      t.equal(String(body), 'No photo here.\n')
      t.match(headers['cache-control'], /^private, max-age=\d\d?$/, 'short')
      t.equal(headers.etag, undefined)
      t.equal(headers['content-type'], 'text/plain; charset=utf-8')
      t.equal(headers['x-content-type-options'], 'nosniff')
    }
  })

  t.test('broken percent-encoding is a bad request', async t => {
    for (const path of ['/%zz', '/joe%2540acme.example.jpg', '/photo?email=%', '/%ff@x.jpg']) {
      const { status, headers, body } = await get(path)
      t.equal(status, 400, path)
      t.equal(headers['cache-control'], 'no-store')
      t.equal(String(body), 'Bad percent-encoding.\n')
    }
  })

  t.test('a photo has exactly these headers', async t => {
    const { status, headers, body } = await get('/joe@acme.example.jpg')
    t.equal(status, 200)
    t.same(body, joe)
    const { date, etag, ...others } = headers
    t.match(date, /GMT$/)
    t.match(etag, /^"[\w-]+"$/, 'strong')
    t.strictSame(others, {
      'content-type': 'image/jpeg',
      'content-length': String(joe.length),
      'accept-ranges': 'bytes',
      'last-modified': at,
      'cache-control': 'private, max-age=300',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      connection: 'close',
    })
  })

  t.test('every known URL of a photo leads to it', async t => {
    const rows: [path: string, text: string][] = [
      ['/joe@acme.example.jpg', 'joe'],
      ['/joe%40acme.example.jpg', 'joe'],
      ['/JOE@Acme.Example.JPG', 'joe'],
      ['/joe@acme.example.jpg?lastMod=123', 'joe'],
      ['/photo?email=joe@acme.example', 'joe'],
      ['/photo?email=joe%40acme.example&lastMod=1', 'joe'],
      ['/userinfo/image?email=joe%40acme.example', 'joe'],
      ['/profiles/photo.do?lastMod=1&email=joe%40acme.example', 'joe'],
      ['/joe.bloggs@acme.example.jpg', 'bloggs'],
      ['/joe+tag@acme.example.jpg', 'tag'],
      ['/joe%2Btag@acme.example.jpg', 'tag'],
      ["/o'neil@acme.example.jpg", 'neil'],
      ['/o%27neil@acme.example.jpg', 'neil'],
      ['/j%C3%B6rg@acme.example.jpg', 'joerg'],
      ['/jo%CC%88rg@acme.example.jpg', 'joerg'],
      ['/J%C3%96RG@acme.example.jpg', 'joerg'],
      ['/photo?email=j%C3%B6rg%40acme.example', 'joerg'],
    ]
    for (const [path, text] of rows) {
      t.test(path, async t => {
        const { status, body } = await get(path)
        t.equal(status, 200)
        t.same(body, jpegOf(text))
      })
    }
  })

  t.test('an absolute request-target is read like its path, whatever host it names', async t => {
    for (const host of ['127.0.0.1', 'evil.example', 'user:secret@evil.example:99']) {
      const { status, body } = await get(`http://${host}/joe@acme.example.jpg`)
      t.equal(status, 200)
      t.same(body, joe)
    }
  })

  t.test('the type comes from the bytes, whatever the name', async t => {
    for (const type of ['gif', 'png', 'webp']) {
      const { headers } = await get(`/${type}@acme.example.jpg`)
      t.equal(headers['content-type'], `image/${type}`)
    }
  })

  t.test('HEAD answers as GET does, without the body', async t => {
    for (const path of [
      '/joe@acme.example.jpg',
      '/nobody@acme.example.jpg',
      '/%zz',
      '/-/healthz',
      '/-/turned-away',
    ]) {
      const got = await get(path)
      const head = await get(path, {}, 'HEAD')
      t.equal(head.status, got.status, path)
      t.strictSame(withoutDate(head.rawHeaders), withoutDate(got.rawHeaders))
      t.equal(head.body.length, 0)
      t.ok(got.body.length > 0)
    }
  })

  t.test('a photo that the browser already has is not sent again', async t => {
    const { headers: whole } = await get('/joe@acme.example.jpg')
    for (const headers of [
      { 'if-none-match': whole.etag as string },
      { 'if-modified-since': at },
    ]) {
      const { status, headers: got, body } = await get('/joe@acme.example.jpg', headers)
      t.equal(status, 304)
      t.equal(body.length, 0)
      for (const name of ['etag', 'last-modified', 'cache-control']) t.equal(got[name], whole[name])
      t.equal(got['content-length'], undefined)
    }
  })

  t.test('a precondition that fails gets 412 and no photo', async t => {
    for (const headers of [
      { 'if-match': '"other"' },
      { 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:36 GMT' },
    ]) {
      const { status, body, headers: got } = await get('/joe@acme.example.jpg', headers)
      t.equal(status, 412)
      t.equal(body.length, 0)
      t.equal(got['cache-control'], 'no-store')
    }
    t.equal((await get('/nobody@acme.example.jpg', { 'if-match': '*' })).status, 404)
  })

  t.test('several If-None-Match headers are one list', async t => {
    const { headers } = await get('/joe@acme.example.jpg')
    const list = ['"a"', headers.etag as string]
    t.equal((await get('/joe@acme.example.jpg', { 'if-none-match': list })).status, 304)
  })

  t.test('a range gets that part of the photo', async t => {
    const rows: [range: string, first: number, last: number][] = [
      ['bytes=0-0', 0, 0],
      ['bytes=5-14', 5, 14],
      ['bytes=200-', 200, joe.length - 1],
      ['bytes=-7', joe.length - 7, joe.length - 1],
      ['bytes=200-99999999999999999999', 200, joe.length - 1],
    ]
    const { headers: whole } = await get('/joe@acme.example.jpg')
    for (const [range, first, last] of rows) {
      const { status, headers, body } = await get('/joe@acme.example.jpg', { range })
      t.equal(status, 206, range)
      t.equal(headers['content-range'], `bytes ${first}-${last}/${joe.length}`)
      t.equal(headers['content-length'], String(last - first + 1))
      t.same(body, joe.subarray(first, last + 1))
      for (const name of ['etag', 'last-modified', 'cache-control', 'content-type']) {
        t.equal(headers[name], whole[name])
      }
    }
  })

  t.test('a range outside the photo is unsatisfiable', async t => {
    for (const range of [`bytes=${joe.length}-`, 'bytes=-0', 'bytes=99999999999999999999-']) {
      const { status, headers, body } = await get('/joe@acme.example.jpg', { range })
      t.equal(status, 416, range)
      t.equal(headers['content-range'], `bytes */${joe.length}`)
      t.equal(body.length, 0)
    }
  })

  t.test('several ranges, a stale If-Range and HEAD get the whole photo', async t => {
    const rows: [headers: Record<string, string | string[]>, method: string][] = [
      [{ range: 'bytes=0-0,2-2' }, 'GET'],
      [{ range: ['bytes=0-0', 'bytes=2-2'] }, 'GET'],
      [{ range: 'bytes=0-0', 'if-range': '"other"' }, 'GET'],
      [{ range: 'bytes=0-0' }, 'HEAD'],
    ]
    for (const [headers, method] of rows) {
      const { status, headers: got } = await get('/joe@acme.example.jpg', headers, method)
      t.equal(status, 200)
      t.equal(got['content-length'], String(joe.length))
    }
    const { headers } = await get('/joe@acme.example.jpg')
    const again = { range: 'bytes=0-0', 'if-range': headers.etag as string }
    t.equal((await get('/joe@acme.example.jpg', again)).status, 206)
  })

  t.test('other methods are refused for every client', async t => {
    const others = METHODS.filter(method => !['GET', 'HEAD', 'CONNECT'].includes(method))
    t.ok(others.includes('PROPFIND') && others.includes('TRACE'))
    for (const method of others) {
      for (const source of [from, '127.0.0.3']) {
        const { status, headers, body } = await ask(port, '/joe@acme.example.jpg', {
          method,
          from: source,
        })
        t.equal(status, 405, method)
        t.equal(headers.allow, 'GET, HEAD')
        t.equal(String(body), 'Only GET and HEAD.\n')
      }
    }
  })

  t.test('CONNECT is refused like any other method', async t => {
    const raw = 'CONNECT acme.example:443 HTTP/1.1\r\nHost: x\r\n\r\n'
    for (const source of [from, '127.0.0.3']) {
      t.match(
        await sendRaw(port, raw, { from: source }),
        /^HTTP\/1.1 405 .*\r\n(.*\r\n)*Allow: GET, HEAD\r\n/,
      )
    }
    await waitUntil(() => gate.requests().some(({ method }) => method === 'CONNECT'))
  })

  t.test('a body is refused and the connection closed for every client', async t => {
    const rows = [
      ['GET', { headers: { 'content-length': '1' }, body: 'x' }, 400],
      ['HEAD', { headers: { 'content-length': '1' }, body: 'x' }, 400],
      ['GET', { headers: { 'transfer-encoding': 'chunked' }, body: 'x' }, 400],
      ['POST', { body: 'x' }, 405],
      ['PUT', { headers: { 'transfer-encoding': 'chunked' }, body: 'x' }, 405],
    ] as const
    for (const [method, options, expected] of rows) {
      for (const source of [from, '127.0.0.3']) {
        const { status, headers } = await ask(port, '/joe@acme.example.jpg', {
          method,
          ...options,
          from: source,
        })
        t.equal(status, expected, method)
        t.equal(headers.connection, 'close')
      }
    }
    t.equal((await get('/joe@acme.example.jpg', { 'content-length': '0' })).status, 200)
  })

  t.test('a request with Expect gets the same answer', async t => {
    const head = 'GET /joe@acme.example.jpg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
    const before = gate.requests().length
    t.match(await sendRaw(port, `${head}Expect: something\r\n\r\n`, { from }), /^HTTP\/1.1 200 /)
    t.match(await sendRaw(port, `${head}Expect: something\r\n\r\n`), /^HTTP\/1.1 302 /)
    await waitUntil(() => gate.requests().length === before + 2)
  })

  t.test('the health check answers everybody and shows no photo', async t => {
    for (const source of [from, '127.0.0.3']) {
      for (const [path, text] of [
        ['/-/healthz', 'ok\n'],
        ['/-/healthz?email=joe@acme.example', 'ok\n'],
        ['/-/readyz', 'ready\n'],
        ['/-/readyz?email=joe@acme.example', 'ready\n'],
      ] as const) {
        const { status, body, headers } = await ask(port, path, { from: source })
        t.equal(status, 200)
        t.equal(String(body), text)
        t.equal(headers['cache-control'], 'no-store')
      }
    }
  })

  t.test('the built-in page answers everybody', async t => {
    const { status, headers, body } = await ask(port, '/-/turned-away')
    t.equal(status, 200)
    t.equal(headers['content-type'], 'text/html; charset=utf-8')
    t.equal(headers['cache-control'], 'no-store')
    t.match(headers['content-security-policy'], /default-src 'none'; style-src 'sha256-/)
    t.equal(headers['referrer-policy'], 'no-referrer')
    t.match(String(body), /This photo is not shown here/)
  })

  t.test('no answer ever sets a cookie or names the software', async t => {
    const cookie = 'LtpaToken2=canary; __proto__=1; constructor=1'
    for (const path of [
      '/joe@acme.example.jpg',
      '/nobody@acme.example.jpg',
      '/%zz',
      '/-/healthz',
      '/-/turned-away',
    ]) {
      for (const source of [from, '127.0.0.3']) {
        const { headers } = await ask(port, path, { from: source, headers: { cookie } })
        t.equal(headers['set-cookie'], undefined)
        t.equal(headers['x-powered-by'], undefined)
        t.equal(headers.server, undefined)
      }
    }
  })

  t.test('a connection is kept for the next request, in HTTP/1.0 only on demand', async t => {
    const request = 'GET /joe@acme.example.jpg HTTP/1.1\r\nHost: x\r\n\r\n'
    const twice = await sendRaw(
      port,
      request + request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
      { from },
    )
    t.equal(twice.split('HTTP/1.1 200 OK').length, 3)
    t.match(await sendRaw(port, request.replace('1.1', '1.0'), { from }), /Connection: close/)
  })
})

t.test('the configuration sets how long browsers keep photos', async t => {
  const gate = await startGate(t, { config: `photos: { maxAge: 2h }\n${config}` })
  const { headers } = await gate.ask('/joe@acme.example.jpg', { from })
  t.equal(headers['cache-control'], 'private, max-age=7200')
})

t.test('a configured placeholder stands in for a missing photo', async t => {
  const gate = await startGate(t, { config: `photos: { missing: placeholder }\n${config}` })
  const get = (path: string, headers = {}) => gate.ask(path, { from, headers })
  const { status, headers, body } = await get('/nobody@acme.example.jpg')
  t.equal(status, 200)
  t.equal(headers['content-type'], 'image/gif')
  t.equal(headers['cache-control'], 'private, max-age=60')
  t.equal(String(body.subarray(0, 6)), 'GIF89a')
  t.same((await get('/')).body, body)
  t.equal((await get('/nobody@acme.example.jpg', { 'if-none-match': headers.etag })).status, 304)
  t.equal((await get('/%zz')).status, 400)
  t.equal((await get('/joe@acme.example.jpg')).headers['content-type'], 'image/jpeg')
  t.match(gate.requests().at(0), { status: 200, reason: 'placeholder' })
})
