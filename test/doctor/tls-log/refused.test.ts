// Clients that a server refuses already, by its error log.
import t from 'tap'
import { ihsLine, readTlsLogs, seenOf } from '../../fixtures/tls-logs.ts'

const text =
  'SSL0222W: SSL Handshake Failed, No ciphers specified (no shared ciphers or no shared protocols).'
const ihsError = (client = '10.1.2.3', time = 'Thu Nov 26 09:45:11 2026') =>
  `[${time}] [warn] [client ${client}] [7f9a700a7060] [21173] ${text} [${client}:62899 -> 10.0.0.1:443] [09:45:11.000102454] 0ms`
const apacheErrors = (reason: string, client = '10.1.2.3', thread = '21172:tid 21201') => {
  const head = `[Sat Nov 28 11:52:49.635503 2026] [ssl:info] [pid ${thread}]`
  return [
    `${head} [client ${client}:51106] AH01964: Connection to child 0 established (server localhost:443)`,
    `${head} [client ${client}:51106] AH02008: SSL library error 1 in handshake (server localhost:443)`,
    `${head} SSL Library Error: error:${reason}`,
    `${head} [client ${client}:51106] AH01998: Connection closed to child 0 with abortive shutdown (server localhost:443)`,
  ]
}
const nginxError = (reason: string, client = '10.1.2.3') =>
  `2026/11/28 11:52:49 [info] 21257#21257: *1 SSL_do_handshake() failed (SSL: error:${reason}) while SSL handshaking, client: ${client}, server: 127.0.0.1:18444`
const read = (lines: readonly string[]) => readTlsLogs({ error_log: lines })

interface Row {
  readonly name: string
  readonly lines: readonly string[]
  readonly client?: string
}

const rows: readonly Row[] = [
  { name: 'IHS', lines: [ihsError()] },
  {
    name: 'IHS on Apache 2.4',
    lines: [ihsError('10.1.2.3:62899', 'Thu Nov 26 09:45:11.123456 2026')],
  },
  {
    name: 'IHS, the client only behind the message',
    lines: [
      `[Thu Nov 26 09:45:11 2026] [warn] [7f9a] [21173] ${text} [10.1.2.3:62899 -> 10.0.0.1:443] 0ms`,
    ],
  },
  { name: 'IHS, IPv6', lines: [ihsError('fd00::7')], client: 'fd00::7' },
  {
    name: 'mod_ssl, IPv6',
    lines: apacheErrors('0A000102:SSL routines::unsupported protocol', 'fd00::7'),
    client: 'fd00::7',
  },
  {
    name: 'mod_ssl, the version',
    lines: apacheErrors('0A000102:SSL routines::unsupported protocol'),
  },
  {
    name: 'mod_ssl, the suites',
    lines: apacheErrors(
      '0A0000C1:SSL routines::no shared cipher (Too restrictive SSLCipherSuite?)',
    ),
  },
  {
    name: 'mod_ssl on OpenSSL 1.0',
    lines: apacheErrors('1408A10B:SSL routines:SSL3_GET_CLIENT_HELLO:wrong version number'),
  },
  {
    name: 'nginx, the version',
    lines: [nginxError('0A000102:SSL routines::unsupported protocol')],
  },
  { name: 'nginx, the suites', lines: [nginxError('0A0000C1:SSL routines::no shared cipher')] },
  {
    name: 'nginx on OpenSSL 1.1',
    lines: [nginxError('1417D102:SSL routines:tls_process_client_hello:unsupported protocol')],
  },
]

for (const { name, lines, client = '10.1.2.3' } of rows) {
  t.test(`a refused handshake is found, with its client and time: ${name}`, async t => {
    const found = read(lines)
    t.strictSame(found.codes, ['tls-refused-client'])
    t.match(found.findings[0], { effect: 'breaks', place: { file: 'error_log' } })
    const seen = seenOf(found, 'tls-refused-client')
    t.match(
      seen,
      /^The server refused 1 handshake of 1 client, at 2026-11-2[68] \d\d:\d\d by the server's clock/,
    )
    t.ok(seen.includes(`\nClients: ${client} (1).`))
    t.equal(found.nothing, undefined)
  })
}

t.test(
  'the published line, whose addresses are crossed out, is found without a client',
  async t => {
    const line = `[warn] [client] [7f9a700a7060] [21173] ${text} [xx.xx.xx.xx:62899 ->] [09:45:11.000102454] 0ms`
    const found = read([line])
    t.match(found.findings, [{ code: 'tls-refused-client', effect: 'breaks' }])
    t.match(
      seenOf(found, 'tls-refused-client'),
      /1 handshake of clients that are not logged, at times/,
    )
  },
)

t.test('lines of several threads that mix keep their clients', async t => {
  const reason = '0A000102:SSL routines::unsupported protocol'
  const a = apacheErrors(reason, '10.0.0.1', '1:tid 1')
  const b = apacheErrors(reason, '10.0.0.2', '1:tid 2')
  const mixed = a.flatMap((line, at) => [line, b[at] as string])
  t.match(
    seenOf(read(mixed), 'tls-refused-client'),
    /Clients: 10\.0\.0\.1 \(1\), 10\.0\.0\.2 \(1\)\./,
  )
})

t.test("the gate's own lines are found, with those that it has not logged one by one", async t => {
  const line = (reason: string, more = {}) =>
    JSON.stringify({
      ...{ level: 'warn', time: '2026-11-28T11:52:49.000Z', reason, peer: '10.1.2.3' },
      ...{ offered: ['TLS 1.0'], allowed: ['TLS 1.2'], ...more },
      msg: 'TLS handshake failed: the client speaks at most TLS 1.0',
    })
  const found = read([
    line('no-shared-version', { unlogged: 3 }),
    line('no-shared-cipher'),
    line('http-without-tls'),
    line('no-shared-version', { unlogged: 'x' }),
    JSON.stringify({ level: 'info', msg: 'the gate listens' }),
  ])
  t.strictSame(found.codes, ['tls-refused-client'])
  t.match(seenOf(found, 'tls-refused-client'), /refused 6 handshakes of 1 client/)
  t.match(seenOf(found, 'tls-refused-client'), /Clients: 10\.1\.2\.3 \(6\)\./)
  t.match(found.unknown, [/^No access log/])
  const quiet = read([JSON.stringify({ level: 'info', msg: 'the gate listens' })])
  t.match(quiet.nothing, /not one line is of an access log/)
})

const harmless: readonly string[] = [
  '[Thu Nov 26 09:45:11 2026] [notice] IBM_HTTP_Server/9.0 configured -- resuming normal operations',
  `[Thu Nov 26 09:45:11 2026] [error] [client 10.0.0.1] File does not exist: /opt/htdocs/SSL0222W: x`,
  '[Thu Nov 26 09:45:11 2026] [warn] [client 10.0.0.1] SSL0209E: SSL Handshake Failed, ERROR processing cryptography.',
  ...apacheErrors('0A00009C:SSL routines::http request'),
  ...apacheErrors('0A000418:SSL routines::tlsv1 alert unknown ca'),
  '2026/11/28 11:52:49 [error] 1#1: *5 open() "/x/SSL_do_handshake() failed (SSL: error:1:no shared cipher" failed, client: 10.0.0.1',
  nginxError('0A00009C:SSL routines::http request'),
  '2026/11/28 11:52:48 [notice] 21171#21171: nginx/1.22.1',
]

t.test('other lines of error logs are no refused clients, whatever clients have sent', async t => {
  const found = read(harmless)
  t.strictSame(found.findings, [])
  t.equal(found.nothing, undefined)
  t.match(found.unknown, [
    /^error_log has no refused handshake; .* level info only/,
    /No access log/,
  ])
})

t.test(
  'an address of the internet that came once may be a scanner: that weakens, unless it is served too',
  async t => {
    const stranger = ihsError('203.0.113.9')
    t.match(read([stranger]).findings, [{ code: 'tls-refused-client', effect: 'weakens' }])
    t.match(read([stranger, stranger, stranger]).findings, [{ effect: 'breaks' }], 'it comes again')
    const access = ihsLine({ client: '203.0.113.9', agent: 'Mozilla/5.0 Chrome/120.0' })
    const known = readTlsLogs({ access_log: [access], error_log: [stranger] })
    t.match(known.findings, [{ code: 'tls-refused-client', effect: 'breaks' }])
    t.match(seenOf(known, 'tls-refused-client'), /are served for Chrome\./)
  },
)

t.test('many refused addresses fill no memory', async t => {
  const lines = Array.from({ length: 120_000 }, (_, at) =>
    ihsError(`2001:db8::${(at >> 8).toString(16)}:${(at & 255).toString(16)}`),
  )
  const seen = seenOf(read(lines), 'tls-refused-client')
  t.match(seen, /refused 120,000 handshakes of at least 100,020 clients/)
})
