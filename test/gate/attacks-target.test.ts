// Published attacks on how a server reads the request-target, on redirects, ranges and what answers give away.
import t from 'tap'
import {
  canary,
  head,
  inside,
  marker,
  photo,
  startAttackedGate,
  undated,
} from '../fixtures/attacked-gate.ts'
import { sendRaw } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import { fc } from '../fixtures/property.ts'

const { gate, hasNoFault, refuses, turnedAway } = await startAttackedGate(t)
const { port } = gate

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
refuses(
  'paths that two servers read differently (CVE-2026-6414, CVE-2026-15074, CVE-2026-7120, CVE-2026-90982, CVE-2026-130811, CVE-2021-22964)',
  paths.map(path => [path, head(path)]),
)

t.test(
  'an admitted client gets a photo by its one name only (CVE-2026-6414, CVE-2026-90982)',
  async t => {
    for (const path of paths) {
      const answer = await sendRaw(port, head(path), { from: inside })
      const isName = /^\/joe@acme\.example\.jpg(?:\?.*)?$/i.test(path)
      t.match(answer, isName ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 4\d\d /, path)
      t.equal(answer.includes(marker), isName)
    }
  },
)

refuses('paths that are decoded twice (CVE-2026-22037, CVE-2026-33808, GHSA-q3j6-qgpj-74h6)', [
  ['encoded twice', head('/joe%2540acme.example.jpg')],
  ['encoded thrice', head('/joe%252540acme.example.jpg')],
  ['overlong', head('/%c0%ae%c0%ae/joe@acme.example.jpg')],
  ['%u', head('/%u006aoe@acme.example.jpg')],
  ['a surrogate', head('/%ed%a0%80@acme.example.jpg')],
  ['broken', head(`/%zz${canary}`)],
  ['cut off', head('/joe@acme.example.jpg%')],
])

refuses('targets that hide another path (CVE-2025-66490, CVE-2026-48020, CVE-2021-29492)', [
  ['another host', head(`http://${canary}.example${photo}`)],
  ['another host and port', head(`https://user:${canary}@x:1${photo}`)],
  ['the health check as query', head(`${photo}?/-/healthz`)],
  ['the health check as fragment', head(`${photo}#/-/healthz`)],
  ['the health check as parameter', head(`${photo};/-/healthz`)],
  ['the health check and a parent segment', head(`/-/healthz/..${photo}`)],
  ['the health check and a parent segment, encoded', head(`/-/healthz%2f..${photo}`)],
  ['the built-in page and a parent segment', head(`/-/turned-away/../..${photo}`)],
  ['encoded slash', head('/photo%3femail=joe@acme.example')],
])

t.test('letter case decides nothing (CVE-2026-27587, CVE-2026-27588)', async t => {
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

refuses('user agents of health checks (GHSA-5hvv-m4w4-gf6v)', [
  ...[
    'GoogleHC/1.0',
    'ELB-HealthChecker/2.0',
    'kube-probe/1.30',
    'Envoy/HC',
    'Amazon-Route53-Health-Check-Service',
  ].map((agent): [string, string] => [agent, head(photo, `User-Agent: ${agent}`)]),
])

t.test('the health check serves no photo (GHSA-5hvv-m4w4-gf6v)', async t => {
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

refuses(
  'a redirect target from the request (GHSA-qqxw-m5fj-f7gv, CVE-2020-11053, CVE-2026-83589)',
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

refuses('floods of ranges by clients that are turned away (CVE-2011-3192, CVE-2017-7529)', [
  ['many', head(photo, `Range: bytes=${Array(1000).fill('0-').join(',')}`)],
  ['negative', head(photo, 'Range: bytes=-9223372036854775608,-9223372036854775608')],
  ['outside', head(photo, 'Range: bytes=99999999-')],
])

t.test(
  'floods of ranges by admitted clients get the whole photo (CVE-2011-3192, CVE-2017-7529)',
  async t => {
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
  },
)

t.test(
  'no answer tells an existing photo from a missing one (CVE-2003-1418, Rocket.Chat#18117)',
  async t => {
    const etag = /ETag: (.*)\r\n/.exec(await sendRaw(port, head(photo), { from: inside }))?.[1]
    t.match(etag, /^"[\w-]+"$/, 'the ETag depends on the content alone: no inode, no time')
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

t.test('random bytes as a request-target never cause a 5xx', async () => {
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

hasNoFault()
