// Attacks that other gates have suffered, byte by byte; the numbers are those of the rows in the
// project's survey of them. Nobody here is admitted, except where a test says so.

import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { sendRaw } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { fc } from '../fixtures/property.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const marker = 'jpeg-of-joe'
const canary = 'canary-9d4f'
const photo = '/joe@acme.example.jpg'
const inside = '127.0.0.2'

const gate = await startGate(t, {
  config: `
proxies: [127.0.0.5]
allow:
  - { name: office, from: [127.0.0.2, 127.0.0.5, 10.0.0.0/8] }
  - { name: signed-in, cookie: LtpaToken2 }
otherwise: { redirect: "https://www.acme.example/sign-in" }`,
  photos: {
    'joe@acme.example.jpg': jpegOf(marker),
    'large@acme.example.jpg': jpegOf('large', 3_000_000),
  },
})
const { port } = gate
const undated = (text: string) => text.replace(/Date: [^\r]*\r\n/g, '')
const head = (path: string, ...lines: string[]) =>
  `GET ${path} HTTP/1.1\r\n${['Host: x', ...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`
const turnedAway = undated(await sendRaw(port, head('/nobody@acme.example.jpg')))

/** The same as anybody else who is turned away gets, or 400; once; and no word of the request but its path. */
async function isRefused(t: Test, raw: string, from = '127.0.0.1'): Promise<void> {
  const before = gate.requests().length
  const answer = undated(await sendRaw(port, raw, { from, idleMs: 1_000 }))
  const isBad = /^HTTP\/1\.1 4(?:00|05|31) /.test(answer)
  t.ok(isBad || answer === turnedAway, JSON.stringify(answer.slice(0, 60)))
  t.equal(answer.split('HTTP/1.1 ').length, 2, 'one answer')
  t.notMatch(answer, marker)
  t.notMatch(answer, canary)
  await waitUntil(() => gate.requests().length > before)
  t.notMatch(logWithoutPaths(), canary)
}

// The path of what names no photo is logged on purpose, without what could be a token (client-text.test.ts).
function logWithoutPaths(): string {
  return JSON.stringify(gate.lines().map(({ path, ...rest }) => rest))
}

function corpus(title: string, rows: [title: string, raw: string, from?: string][]): void {
  t.test(title, async t => {
    for (const [name, raw, from] of rows) t.test(name, async t => isRefused(t, raw, from))
  })
}

t.match(turnedAway, /^HTTP\/1\.1 302 Found\r\nLocation: https:\/\/www\.acme\.example\/sign-in\r\n/)

corpus('1: CVE-2022-31813, a front that was told to drop its header', [
  ['no header', head(photo), '127.0.0.5'],
  [
    'Connection names it',
    `GET ${photo} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nConnection: close, X-Forwarded-For\r\n\r\n`,
    '127.0.0.5',
  ],
  [
    'in two Connection headers',
    head(photo, 'Connection: x-forwarded-FOR', 'X-Forwarded-For: 10.0.0.1'),
    '127.0.0.5',
  ],
])

corpus('3: CVE-2026-40575, a spoofed left part and spoofed original URLs', [
  ['left-most', head(photo, 'X-Forwarded-For: 10.0.0.1, 6.6.6.6'), '127.0.0.5'],
  ['direct', head(photo, 'X-Forwarded-For: 10.0.0.1')],
  ...[
    'X-Forwarded-Uri',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Auth-Request-Redirect',
  ].map((name): [string, string] => [name, head(photo, `${name}: /-/healthz?${canary}`)]),
])

corpus('4: CVE-2026-3635 and CVE-2026-16732, a host from the request', [
  ['X-Forwarded-Host', head(photo, `X-Forwarded-Host: ${canary}.example`)],
  ['X-Forwarded-Proto', head(photo, `X-Forwarded-Proto: ${canary}`)],
  ['X-Forwarded-Prefix', head(photo, `X-Forwarded-Prefix: /${canary}`)],
  ['Forwarded', head(photo, `Forwarded: for=10.0.0.1;host=${canary}.example;proto=http`)],
  ['Host', `GET ${photo} HTTP/1.1\r\nHost: ${canary}.example\r\nConnection: close\r\n\r\n`],
  [
    'Host with a path',
    `GET ${photo} HTTP/1.1\r\nHost: x/../${canary}?#\r\nConnection: close\r\n\r\n`,
  ],
  ['no Host', `GET ${photo} HTTP/1.1\r\nConnection: close\r\n\r\n`],
  ['two Hosts', head(photo, `Host: ${canary}`)],
  ['Host of HTTP/1.0', `GET ${photo} HTTP/1.0\r\nHost: ${canary}\r\n\r\n`],
])

corpus('6: CVE-2026-26308, several headers of one name', [
  ['two empty cookies', head(photo, 'Cookie: LtpaToken2=', 'Cookie: LtpaToken2=')],
  ['a cookie cut in two', head(photo, 'Cookie: Ltpa', 'Cookie: Token2=1')],
  [
    'two X-Forwarded-For',
    head(photo, 'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For: 6.6.6.6'),
    '127.0.0.5',
  ],
  [
    'two X-Forwarded-For, one empty',
    head(photo, 'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For:'),
    '127.0.0.5',
  ],
])

corpus('7: CVE-2024-47764, ls-hpack#22 and "Cookie Chaos", cookies that are nearly the one', [
  ['Unicode space before the name', head(photo, 'Cookie: \u00e2\u0080\u0083LtpaToken2=1')],
  ['no-break space before the name', head(photo, 'Cookie: \u00a0LtpaToken2=1')],
  ['$Version with quotes', head(photo, 'Cookie: $Version=1, LtpaToken2=1')],
  ['within quotes', head(photo, 'Cookie: $Version=1; foo="LtpaToken2=1"')],
  ['tab before the colon', head(photo, 'Cookie\t: LtpaToken2=1')],
  ['tab for the blank, empty', head(photo, 'Cookie:\tLtpaToken2=\t')],
  ['longer name', head(photo, 'Cookie: xLtpaToken2=1')],
  ['empty', head(photo, 'Cookie: LtpaToken2=')],
  ['quoted and empty', head(photo, 'Cookie: LtpaToken2=""')],
  ['9 KB of cookies', head(photo, `Cookie: ${canary}=${'x'.repeat(9_000)}; LtpaToken2=1`)],
  ['Cookie2', head(photo, 'Cookie2: LtpaToken2=1')],
  ['in the query', head(`${photo}?LtpaToken2=1`)],
])

const paths = [
  `/%2f${canary}`,
  '/%2Fjoe@acme.example.jpg',
  '/..%2fjoe@acme.example.jpg',
  '/%5cjoe@acme.example.jpg',
  '/..%5Cjoe@acme.example.jpg',
  '/%2e%2e/joe@acme.example.jpg',
  '/%2e/joe@acme.example.jpg',
  '/../joe@acme.example.jpg',
  '/./joe@acme.example.jpg',
  '//joe@acme.example.jpg',
  '///joe@acme.example.jpg',
  '/\\joe@acme.example.jpg',
  '/joe@acme.example.jpg;x',
  '/;/joe@acme.example.jpg',
  '/joe@acme.example.jpg%00',
  '/%00joe@acme.example.jpg',
  '/joe@acme.example.jpg%23',
  '/joe@acme.example.jpg#x',
  '/#/joe@acme.example.jpg',
  '/joe@acme.example.jpg?',
  '/joe@acme.example.jpg?x=/../..',
  '/JOE@ACME.EXAMPLE.JPG',
  '/Joe@Acme.Example.jpg',
  '/joe@acme.example.jpg/',
  '/.git/config',
  '/.htaccess',
  '/joe@acme.example.jpg%20',
  '/joe@acme.example.jpg.',
  '/joe@acme.example.jpg::$DATA',
  '/photos/',
  '/photos/joe@acme.example.jpg',
]
corpus(
  '8: CVE-2026-6414, -15074, -7120, -90982, -130811 and CVE-2021-22964, paths that are read in two ways',
  paths.map(path => [path, head(path)]),
)

t.test('8: and those who are admitted get a photo by its one name only', async t => {
  for (const path of paths) {
    const answer = await sendRaw(port, head(path), { from: inside })
    const isName = /^\/joe@acme\.example\.jpg(?:\?.*)?$/i.test(path)
    t.match(answer, isName ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 4\d\d /, path)
    t.equal(answer.includes(marker), isName)
  }
})

corpus('9: CVE-2026-22037, CVE-2026-33808 and GHSA-q3j6-qgpj-74h6, decoding twice', [
  ['encoded twice', head('/joe%2540acme.example.jpg')],
  ['encoded thrice', head('/joe%252540acme.example.jpg')],
  ['overlong', head('/%c0%ae%c0%ae/joe@acme.example.jpg')],
  ['%u', head('/%u006aoe@acme.example.jpg')],
  ['a surrogate', head('/%ed%a0%80@acme.example.jpg')],
  ['broken', head(`/%zz${canary}`)],
  ['cut off', head('/joe@acme.example.jpg%')],
])

corpus('10: CVE-2025-66490, CVE-2026-48020, CVE-2021-29492 and kin, a path that swallows more', [
  ['another host', head(`http://${canary}.example${photo}`)],
  ['another host and port', head(`https://user:${canary}@x:1${photo}`)],
  ['the health check as query', head(`${photo}?/-/healthz`)],
  ['the health check as fragment', head(`${photo}#/-/healthz`)],
  ['the health check as parameter', head(`${photo};/-/healthz`)],
  ['the health check and up', head(`/-/healthz/..${photo}`)],
  ['the health check and up, encoded', head(`/-/healthz%2f..${photo}`)],
  ['the built-in page and up', head(`/-/turned-away/../..${photo}`)],
  ['encoded slash', head('/photo%3femail=joe@acme.example')],
])

t.test('11: CVE-2026-27587 and CVE-2026-27588, letter case decides nothing', async t => {
  for (const name of ['LtpaToken2', 'ltpatoken2', 'LTPATOKEN2']) {
    t.match(await sendRaw(port, head(photo, `Cookie: ${name}=1`)), /^HTTP\/1\.1 200 /, name)
  }
  for (const path of [
    '/JOE@ACME.EXAMPLE.JPG',
    '/%4AOE@acme.example.jpg',
    '/photo?email=JOE@acme.example',
  ]) {
    t.match(await sendRaw(port, head(path), { from: inside }), marker, path)
    t.equal(undated(await sendRaw(port, head(path))), turnedAway, path)
  }
})

corpus('13: GHSA-5hvv-m4w4-gf6v, user agents of health checks', [
  ...[
    'GoogleHC/1.0',
    'ELB-HealthChecker/2.0',
    'kube-probe/1.30',
    'Envoy/HC',
    'Amazon-Route53-Health-Check-Service',
  ].map((agent): [string, string] => [agent, head(photo, `User-Agent: ${agent}`)]),
])

t.test('13: and the health check has no photo power', async t => {
  for (const path of [
    '/-/healthz',
    `/-/healthz?email=joe@acme.example`,
    '/-/healthz?/joe@acme.example.jpg',
  ]) {
    const answer = await sendRaw(port, head(path), { from: inside })
    t.match(answer, /\r\n\r\nok\n$/)
    t.notMatch(answer, /image/)
  }
})

corpus(
  '15: GHSA-qqxw-m5fj-f7gv, CVE-2020-11053, CVE-2026-83589 and kin, a redirect from the request',
  [
    ...['//evil', '/\\evil', '/\\t/evil', 'https://evil', 'javascript:1'].flatMap(
      (target): [string, string][] => [
        [`rd=${target}`, head(`${photo}?rd=${encodeURIComponent(`${target}.${canary}`)}`)],
        [`path ${target}`, head(`${target.startsWith('/') ? '' : '/'}${target}.${canary}`)],
      ],
    ),
    ['Referer', head(photo, `Referer: https://${canary}.example/`)],
    ['Origin', head(photo, `Origin: https://${canary}.example`)],
    ['a line break in the path', head(`/%0d%0aLocation:%20https://${canary}.example/`)],
    ['a line break in the query', head(`/photo?email=%0d%0aSet-Cookie:%20${canary}=1`)],
  ],
)

const post = (...lines: string[]) =>
  `POST ${photo} HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\n\r\n`
const hidden = `GET ${photo}?${canary} HTTP/1.1\r\nHost: x\r\n\r\n`
const get = (...lines: string[]) => post(...lines).replace('POST', 'GET')
corpus('17: CVE-2023-25690, CVE-2024-38473, CVE-2022-26377 and kin, one request that is two', [
  ['CL and TE', `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
  ['TE and CL', `${post('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\n${hidden}`],
  [
    'CL and TE on GET',
    `${get('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
  ],
  ['two Content-Lengths', post('Content-Length: 0', 'Content-Length: 5') + hidden],
  ['two equal Content-Lengths', `${get('Content-Length: 5', 'Content-Length: 5')}hello${hidden}`],
  ['a list of Content-Lengths', post('Content-Length: 0, 5') + hidden],
  ['Content-Length with a sign', `${post('Content-Length: +5')}hello${hidden}`],
  ['negative Content-Length', post('Content-Length: -1') + hidden],
  ['hexadecimal Content-Length', `${post('Content-Length: 0x5')}hello${hidden}`],
  ['huge Content-Length', post('Content-Length: 99999999999999999999') + hidden],
  ['blank before the colon', `${post('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`],
  ['tab before the colon', `${post('Transfer-Encoding\t: chunked')}0\r\n\r\n${hidden}`],
  ['Transfer-Encoding: xchunked', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`],
  [
    'Transfer-Encoding: chunked, identity',
    `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden}`,
  ],
  ['Transfer-Encoding: identity on GET', get('Transfer-Encoding: identity') + hidden],
  [
    'vertical tab in Transfer-Encoding',
    `${post('Transfer-Encoding: \vchunked')}0\r\n\r\n${hidden}`,
  ],
  [
    'two Transfer-Encodings',
    `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: x')}0\r\n\r\n${hidden}`,
  ],
  ['a folded header', post('X: 1', ' Transfer-Encoding: chunked') + hidden],
  ['a folded Content-Length', `${post('Content-Length:', ' 5')}hello${hidden}`],
  ['bare line feeds', `GET ${photo} HTTP/1.1\nHost: x\n\n${hidden}`],
  ['a bare line feed in a header', get('X: 1\nContent-Length: 5') + hidden],
  ['a bare carriage return', get('X: 1\rContent-Length: 5') + hidden],
  ['NUL in a header', get('X: 1\0') + hidden],
  ['a chunk size that is none', `${post('Transfer-Encoding: chunked')}zz\r\n${hidden}`],
  [
    'a chunk extension with a line feed',
    `${post('Transfer-Encoding: chunked')}1;a\nb\r\nx\r\n0\r\n\r\n${hidden}`,
  ],
  ['a body on GET', `${get('Content-Length: 5')}hello${hidden}`],
  ['a body on GET that is a request', get(`Content-Length: ${hidden.length}`) + hidden],
  ['a chunked body on GET', `${get('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n${hidden}`],
  ['a blank first header', `GET ${photo} HTTP/1.1\r\n Host: x\r\n\r\n${hidden}`],
  ['a header without a name', get(': x') + hidden],
  ['no colon', get('nonsense') + hidden],
  ['an unknown version', `GET ${photo} HTTP/9.9\r\nHost: x\r\n\r\n`],
  ['HTTP/2 by hope', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['no method', `${photo} HTTP/1.1\r\n\r\n`],
  ['an unknown method', `BREW ${photo} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a method in lower case', `get ${photo} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a blank in the path', `GET /joe @acme.example.jpg HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a huge header', get(`X: ${'x'.repeat(20_000)}`)],
  ['a huge path', head(`/${'x'.repeat(20_000)}`)],
  ['very many headers', head(photo, ...Array(6_000).fill('a:'))],
])

t.test('17: what follows a request is never mixed with its answer', async t => {
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
  const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)
  const garbage = [
    `BREW /${canary}\r\n\r\n`,
    '\0\0\0\0',
    `GET ${photo} HTTP/1.1\r\nBad Header\r\n\r\n`,
  ]
  for (const [title, path, bytes] of [
    ['that comes from memory', photo, jpegOf(marker)],
    ['that is still being read from disk', '/large@acme.example.jpg', jpegOf('large', 3_000_000)],
  ] as const) {
    for (const rest of garbage) {
      t.test(`garbage after a photo ${title}: ${JSON.stringify(rest)}`, async t => {
        // Another file to the gate, so that it is read anew.
        if (path !== photo) utimesSync(join(gate.directory, path), 1000 + Math.random() * 1e6, 1000)
        const answer = await sendRaw(port, request(path) + rest, { from: inside, idleMs: 1_000 })
        t.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
        t.ok(bodyOf(answer) === bytes.toString('latin1'), 'the whole photo and nothing more')
      })
    }
  }
  t.test('two pipelined requests are answered in order', async t => {
    const answer = await sendRaw(port, request('/large@acme.example.jpg') + request(photo), {
      from: inside,
    })
    const [, first = '', second = ''] = answer.split('HTTP/1.1 200 OK')
    t.equal(bodyOf(first).length, jpegOf('large', 3_000_000).length)
    t.match(second, marker)
  })
  t.test('the second of two pipelined requests has its own decision', async t => {
    const answer = await sendRaw(
      port,
      request(photo).replace('\r\n\r\n', '\r\nCookie: LtpaToken2=1\r\n\r\n') + request(photo),
    )
    t.equal(answer.split(marker).length, 2)
    t.match(answer, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 302 /)
  })
})

corpus('22: CVE-2026-26310, CVE-2021-28918, CVE-2023-42282 and kin, addresses that are none', [
  ...[
    '010.0.0.1',
    '10.1',
    '0x0a.1',
    '0x0a000001',
    '167772161',
    '10.0.0.1%eth0',
    'fe80::1%eth0',
    '[10.0.0.1]',
    'unknown',
    '_hid',
    '',
    ',',
    '10.0.0.1,',
    '::10.0.0.1',
    '10.0.0.1:99999999',
    '10.0.0.1 6.6.6.6',
    '"10.0.0.1"',
    '10.0.0.1/8',
    `${canary}`,
  ].map((address): [string, string, string] => [
    `"${address}"`,
    head(photo, `X-Forwarded-For: ${address}`),
    '127.0.0.5',
  ]),
  [
    'a list of 1,500',
    head(photo, `X-Forwarded-For: ${'10.0.0.1,'.repeat(1500)}6.6.6.6`),
    '127.0.0.5',
  ],
  [
    'a list of 10,000',
    head(photo, `X-Forwarded-For: ${'10.0.0.1,'.repeat(10_000)}6.6.6.6`),
    '127.0.0.5',
  ],
])

t.test('22: and addresses that are one', async t => {
  for (const address of [
    '10.0.0.1',
    '10.0.0.1:80',
    '::ffff:10.0.0.1',
    '[::ffff:a00:1]:443',
    '::ffff:a00:1',
  ]) {
    const raw = head(photo, `X-Forwarded-For: ${address}`)
    t.match(await sendRaw(port, raw, { from: '127.0.0.5' }), /^HTTP\/1\.1 200 /, address)
  }
})

corpus('23: CVE-2011-3192 and CVE-2017-7529, floods of ranges by those who are turned away', [
  ['many', head(photo, `Range: bytes=${Array(1000).fill('0-').join(',')}`)],
  ['negative', head(photo, 'Range: bytes=-9223372036854775608,-9223372036854775608')],
  ['outside', head(photo, 'Range: bytes=99999999-')],
])

t.test('23: and by those who are admitted', async t => {
  const whole = jpegOf(marker).length
  for (const range of [
    `bytes=${Array(1000).fill('0-').join(',')}`,
    'bytes=0-18446744073709551615',
    'bytes=-99999999999999999999',
  ]) {
    const answer = await sendRaw(port, head(photo, `Range: ${range}`), { from: inside })
    t.match(answer, /^HTTP\/1\.1 20[06] /)
    t.match(answer, new RegExp(`Content-Length: ${whole}\r\n`), range.slice(0, 40))
  }
})

t.test(
  '24: CVE-2003-1418 and Rocket.Chat#18117, nothing tells the known from the unknown',
  async t => {
    const etag = /ETag: (.*)\r\n/.exec(await sendRaw(port, head(photo), { from: inside }))?.[1]
    t.match(etag, /^"[\w-]+"$/, 'from the content alone: no inode, no time')
    for (const line of [
      `If-None-Match: ${etag}`,
      'If-None-Match: *',
      'If-Match: "x"',
      'Range: bytes=0-0',
      'Accept: image/webp',
      'X: y',
    ]) {
      for (const path of [photo, '/nobody@acme.example.jpg', '/%zz', '/']) {
        for (const method of ['GET', 'HEAD']) {
          const raw = head(path, line).replace('GET', method)
          t.equal(undated(await sendRaw(port, raw)), turnedAway, `${method} ${path} ${line}`)
        }
      }
    }
  },
)

t.test('random bytes for a request-target are never a fault', async () => {
  const byte = fc.oneof(
    fc.integer({ min: 0x21, max: 0x7e }),
    fc.integer({ min: 0x80, max: 0xff }),
    fc.nat(255),
  )
  const target = fc
    .array(byte, { minLength: 1, maxLength: 60 })
    .map(bytes => Buffer.from(bytes).toString('latin1'))
  await fc.assert(
    fc.asyncProperty(target, fc.constantFrom(inside, '127.0.0.1'), async (path, from) => {
      const answer = await sendRaw(port, head(`/${path}`), { from })
      return /^HTTP\/1\.1 (?:302|400|404) /.test(answer)
    }),
    { numRuns: 150 },
  )
})

t.test('none of all this was a fault of the program, or told the log a secret', async t => {
  for (const line of gate.lines()) {
    t.notMatch(line, { msg: /fault/ })
    if (line.msg === 'request' && Number(line.status) >= 500) t.fail(JSON.stringify(line))
  }
  t.notMatch(logWithoutPaths(), canary)
})
