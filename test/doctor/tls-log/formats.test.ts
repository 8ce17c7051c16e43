// Each spelling of the TLS fields that servers write: an old client is found, and a log of new ones has no findings.
import t from 'tap'
import { logLine } from '../../fixtures/access-log.ts'
import { seededBelow } from '../../fixtures/random.ts'
import {
  ihsLine,
  ihsNew,
  ihsOld,
  readTlsLog,
  readTlsLogs,
  seenOf,
} from '../../fixtures/tls-logs.ts'

const agent = 'Java/1.6.0_45'
const head = '192.0.2.7 - - [26/Nov/2026:02:00:00 +0000] "GET /files/a HTTP/1.1" 200 512'
const hostHead =
  'www.acme.example:443 192.0.2.7 - joe [26/Nov/2026:02:00:00 +0000] "POST /files/a HTTP/1.1" 200 -'
const json = (fields: object) => JSON.stringify(fields)
const gateLine = (protocol: string, cipher: string) =>
  json({
    ...{ level: 'info', time: '2026-11-26T02:00:00.000Z', msg: 'request', client: '10.9.9.9' },
    ...{
      peer: '192.0.2.7',
      method: 'GET',
      path: '/files/a?x=1',
      userAgent: agent,
      protocol,
      cipher,
    },
  })

interface Row {
  readonly name: string
  readonly line: (version: string, cipher: string) => string
  /** As this server writes TLS 1.0, and TLS 1.2. */
  readonly old?: string
  readonly modern?: string
}

const ihs = { old: 'TLSV1', modern: 'TLSV1.2' }
const rows: readonly Row[] = [
  { name: 'IHS, behind User-Agent', line: (v, c) => `${head} "-" "${agent}" ${c} ${v}`, ...ihs },
  { name: 'IHS, before Referer', line: (v, c) => `${head} ${c} ${v} "-" "${agent}"`, ...ihs },
  { name: 'IHS, the version first', line: (v, c) => `${head} "-" "${agent}" ${v} ${c}`, ...ihs },
  { name: 'IHS, quoted', line: (v, c) => `${head} "-" "${agent}" "${c}" "${v}"`, ...ihs },
  {
    name: 'IHS, among other fields',
    line: (v, c) => `${head} "-" "${agent}" 1234 ${c} ${v} - 5`,
    ...ihs,
  },
  {
    name: 'IHS, behind a virtual host',
    line: (v, c) => `${hostHead} "-" "${agent}" ${c} ${v}`,
    ...ihs,
  },
  {
    name: 'IHS, between cookies',
    line: (v, c) => `${head} "-" "${agent}" "LtpaToken2=abc; a=b" ${c} ${v} "x=y"`,
    ...ihs,
  },
  {
    name: 'IHS, in lower case',
    line: (v, c) => `${head} "-" "${agent}" ${c} ${v}`,
    old: 'tlsv1',
    modern: 'tlsv1.2',
  },
  { name: 'mod_ssl, behind User-Agent', line: (v, c) => `${head} "-" "${agent}" "${v}" "${c}"` },
  { name: 'mod_ssl, before Referer', line: (v, c) => `${head} "${v}" "${c}" "-" "${agent}"` },
  { name: 'mod_ssl, quoted without a suite', line: v => `${head} "-" "${agent}" "${v}"` },
  { name: 'nginx', line: (v, c) => `${head} "-" "${agent}" ${v} ${c}` },
  { name: 'nginx, joined by a slash', line: (v, c) => `${head} "-" "${agent}" ${v}/${c}` },
  { name: 'nginx, joined and quoted', line: (v, c) => `${head} "-" "${agent}" "${v}/${c}"` },
  { name: 'nginx, the suite first', line: (v, c) => `${head} "-" "${agent}" ${c}/${v}` },
  { name: 'the gate itself', line: gateLine, ...ihs },
  {
    name: 'nginx, in JSON',
    line: (v, c) =>
      json({
        ...{
          time_iso8601: '2026-11-26T02:00:00+00:00',
          remote_addr: '192.0.2.7',
          protocol: 'HTTP/1.1',
        },
        ...{
          request: 'GET /files/a HTTP/1.1',
          http_user_agent: agent,
          ssl_protocol: v,
          ssl_cipher: c,
        },
      }),
  },
  {
    name: 'Caddy',
    line: v => {
      const tls = { version: v === 'TLSv1' ? 769 : 771, cipher_suite: 47 }
      const headers = { 'User-Agent': [agent] }
      return json({
        ...{ ts: 1795658400, msg: 'handled request', status: 200 },
        request: { remote_ip: '192.0.2.7', uri: '/files/a', headers, tls },
      })
    },
  },
]

for (const { name, line, old = 'TLSv1', modern = 'TLSv1.2' } of rows) {
  t.test(`${name}: TLS 1.0 is found, with program, client, URL and time`, async t => {
    const cipher = name.startsWith('IHS') ? 'TLS_RSA_WITH_AES_128_CBC_SHA' : 'ECDHE-RSA-AES128-SHA'
    const found = readTlsLog([line(modern, cipher), line(old, cipher), line(modern, cipher)])
    t.strictSame(found.codes, ['tls-old-client'])
    t.match(
      seenOf(found, 'tls-old-client'),
      /^Java 1\.6 spoke TLS 1\.0: 1 request of 1 client, at 2026-11-26 02:00 UTC\.\nURLs: \/files\/ 1\.\nClients: 192\.0\.2\.7 \(1\)\./,
    )
    t.strictSame(found.findings[0]?.place, { file: 'access_log', line: 2 })
    const clean = readTlsLog([line(modern, cipher), line(modern, cipher)])
    t.strictSame(clean.findings, [])
    t.equal(clean.nothing, undefined)
    t.match(clean.fine, [/^2 of 2 requests over TLS came with TLS 1\.2 or newer/])
  })
}

t.test("mod_ssl's own ssl_request_log, which has no User-Agent, is grouped by URL", async t => {
  const line = (fields: string) =>
    `[26/Nov/2026:02:00:00 +0000] 192.0.2.7 ${fields} "GET /dm/x HTTP/1.1" 512`
  const found = readTlsLog([
    line('TLSv1 AES128-SHA'),
    line('TLSv1.3 TLS_AES_256_GCM_SHA384'),
    line('- -'),
  ])
  t.strictSame(found.codes, ['tls-old-client'])
  t.match(
    seenOf(found, 'tls-old-client'),
    /^A program that asks \/dm\/ \(the log has no User-Agent\) spoke TLS 1\.0/,
  )
  t.match(found.unknown, [/^1 request came without TLS/])
  t.strictSame(readTlsLog([line('TLSv1.3 TLS_AES_256_GCM_SHA384')]).findings, [])
})

t.test(
  "the published lines of a Files plug-in, with a word processor's quotes and without their beginning",
  async t => {
    const line = (fields: string) =>
      Buffer.from(
        `“GET /files/basic/api/library/4a7a7240-8f68/feed?pageSize=300&acls=true&sI=601 HTTP/1.1” 200 168770 ${fields}`,
      ).toString('latin1')
    const before = readTlsLog([line(ihsOld)])
    t.strictSame(before.codes, ['tls-old-client'])
    const [finding] = before.findings
    t.match(
      finding?.seen,
      /\/files\/[\s\S]*TLS 1\.0: 1 request of clients that are not logged, at times that are not logged/,
    )
    t.notMatch(JSON.stringify(before), 'pageSize')
    for (const text of [
      'SSL_DISABLE_TLS_10=1',
      'DISABLE_SSLV3=1',
      'com.ibm.documents.connector.service/ENABLE_SSL=true',
    ]) {
      t.ok(
        finding?.cure.some(step => step.includes(`\n  ${text}`)),
        text,
      )
    }
    const after = readTlsLog([line(ihsNew)])
    t.strictSame(after.findings, [])
    const windows = line(ihsOld)
      .replaceAll('\xe2\x80\x9c', '\x93')
      .replaceAll('\xe2\x80\x9d', '\x94')
    t.strictSame(readTlsLog([windows]).codes, ['tls-old-client'], 'Windows-1252')
  },
)

const versions: readonly (readonly [spelling: string, version: string])[] = [
  ...(['SSLV2', 'SSLv2'] as const).map(text => [text, 'SSL 2'] as const),
  ...(['SSLV3', 'SSLv3', 'SSLV3.0'] as const).map(text => [text, 'SSL 3'] as const),
  ...(['TLSV1', 'TLSv1', 'TLSv1.0', 'TLSV10', 'TLS1.0'] as const).map(
    text => [text, 'TLS 1.0'] as const,
  ),
  ...(['TLSV1.1', 'TLSv1.1', 'TLSV11'] as const).map(text => [text, 'TLS 1.1'] as const),
]

t.test('every spelling of an old version is understood', async t => {
  for (const [spelling, version] of versions) {
    const found = readTlsLog([ihsLine({ tls: `TLS_RSA_WITH_AES_128_CBC_SHA ${spelling}` })])
    t.match(seenOf(found, 'tls-old-client'), new RegExp(`spoke ${version}: 1 request`), spelling)
  }
  for (const spelling of ['TLSV1.2', 'TLSv1.2', 'TLSV12', 'TLSV13', 'TLSV1.3', 'TLSv1.3']) {
    const clean = readTlsLog([ihsLine({ tls: `TLS_RSA_WITH_AES_128_GCM_SHA256 ${spelling}` })])
    t.strictSame(clean.findings, [], spelling)
    t.equal(clean.nothing, undefined, spelling)
  }
})

t.test('a client cannot make itself or others look old', async t => {
  const modern = (line: object) => ihsLine({ agent: 'Mozilla/5.0 Chrome/120.0', ...line })
  const clean = readTlsLog([
    ...Array.from({ length: 20 }, () => modern({})),
    modern({ agent: 'TLSv1' }),
    modern({ agent: 'AES128-SHA TLSv1' }),
    modern({ target: '/TLSV1 TLS_RSA_WITH_RC4_128_SHA' }),
    modern({ user: 'TLSV1' }),
  ])
  t.strictSame(clean.findings, [])
  const forged = `${head} "TLSv1" "RC4-MD5"`
  const others = Array.from({ length: 20 }, () => logLine({ agent: 'curl/8.0' }))
  t.match(
    readTlsLog([...others, forged]).nothing,
    /no request has a TLS version/,
    'no TLS fields at all',
  )
})

t.test('a format that changes within a log is found again', async t => {
  const plain = Array.from({ length: 5_000 }, () => logLine({ agent }))
  const quoted = (version: string) => `${head} "-" "${agent}" "${version}" "AES128-SHA256"`
  const found = readTlsLog([
    ...plain,
    ...Array.from({ length: 3_000 }, () => quoted('TLSv1.2')),
    ...Array.from({ length: 10 }, () => quoted('TLSv1')),
    ...Array.from({ length: 5 }, () => ihsLine({ tls: ihsOld, agent })),
  ])
  t.match(seenOf(found, 'tls-old-client'), /Java 1\.6 spoke TLS 1\.0: 15 requests/)
  t.match(found.unknown, [/^access_log: [\d,]+ of 8,015 requests have no TLS version\.$/])
})

t.test('a log that lacks the fields says so beside one that has them', async t => {
  const found = readTlsLogs({ access_log: [ihsLine()], 'access_log.1': [logLine(), logLine()] })
  t.equal(found.nothing, undefined)
  t.match(found.unknown, [/^access_log\.1: 2 of 2 requests have no TLS version\.$/, /No error log/])
  t.strictSame(found.findings, [])
})

t.test('a User-Agent that comes late is still found', async t => {
  const lines = Array.from({ length: 4_000 }, () => ihsLine({ agent: '-' }))
  const found = readTlsLog([...lines, ihsLine({ agent, tls: ihsOld })])
  t.match(seenOf(found, 'tls-old-client'), /^Java 1\.6 /)
})

t.test('bytes of attackers throw nothing and take no longer', async t => {
  const draw = seededBelow(t)
  const pieces = [
    '"',
    '\\',
    '[',
    '] "',
    ' ',
    'TLSV1',
    'SSL0222W',
    '{',
    '- - ',
    head,
    '/',
    '\x00',
    '\xe2\x80\x9c',
    'GET ',
  ]
  const lines = Array.from({ length: 2_000 }, () =>
    Array.from({ length: draw(30) }, () => pieces[draw(pieces.length)]).join(''),
  )
  t.doesNotThrow(() => readTlsLog(lines))
  for (const piece of [...pieces, '[a] ', '\\"', ' "', '-> ', 'client ', '{"request":']) {
    const long = piece.repeat(Math.ceil(60_000 / piece.length))
    const started = performance.now()
    for (const start of [
      '',
      head,
      '[Thu Nov 26 09:45:11 2026] [warn] SSL0222W',
      '{"a":',
      '2026/11/28 11:52:49 [info] 1#1: ',
    ]) {
      readTlsLog([`${start} ${long}`])
    }
    t.ok(performance.now() - started < 500, JSON.stringify(piece))
  }
})

t.test('lines in JSON that say little, or odd things, do no harm', async t => {
  const requests = [
    { remote_addr: '192.0.2.7', ssl_protocol: 'TLSv1.2', ssl_cipher: 'AES128-SHA256' },
    { remote_addr: '192.0.2.7', ssl_protocol: '', request_uri: '/files/x' },
    { remote_addr: '192.0.2.7', ssl_protocol: 'TLSv1', time_local: 'yesterday', agent: 7 },
    { remote_ip: '192.0.2.7', protocol: 'HTTP/1.1' },
    { request: { remote_ip: '192.0.2.7', tls: { version: 999 } } },
    { request: { client_ip: '192.0.2.7', headers: { 'User-Agent': 'x' } }, ts: 'x' },
    { request: null },
    { msg: 'something else' },
    {},
  ]
  const found = readTlsLog([...requests.map(json), '{"cut', '{}x', '[]'])
  t.strictSame(found.codes, ['tls-old-client'])
  t.match(
    seenOf(found, 'tls-old-client'),
    /spoke TLS 1\.0: 1 request of 1 client, at times that are not logged/,
  )
  const told = found.unknown.slice(0, 3)
  t.match(told, [
    /2 of 6 requests have no TLS version/,
    /3 lines of 12 not understood/,
    /2 requests came without TLS/,
  ])
})
