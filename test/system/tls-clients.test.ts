// Real clients of TLS: Java 17, as it is and as old as Notes, openssl and curl. Each that is refused is explained in the
// log, each that is admitted is logged with its version and cipher.
import { spawn } from 'node:child_process'
import { getCiphers } from 'node:tls'
import t from 'tap'
import { findCipher } from '../../src/config/listen/cipher-suites.ts'
import type { Authority } from '../fixtures/authority.ts'
import { openAuthority } from '../fixtures/authority.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import type { JavaOptions } from '../fixtures/java-client.ts'
import { openJava } from '../fixtures/java-client.ts'
import { findProgram } from '../fixtures/process.ts'
import { shakeHands, startTlsGate, tlsText } from '../fixtures/tls-gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const photo = '/joe@acme.example.jpg'
const oldCipher = 'TLS_RSA_WITH_AES_128_CBC_SHA'
const failuresIn = (gate: GateFixture) =>
  gate.lines().filter(({ msg }) => String(msg).startsWith('TLS handshake failed'))

/** One gate for all rows: the same reason of one client would be logged once a minute only. */
async function startBoth(authority: Authority) {
  const server = authority.issue({ keyType: 'rsa' })
  return (tls = '') => startTlsGate(t, tlsText(server, tls))
}

t.test('Java', async t => {
  const authority = openAuthority(t)
  const get = openJava(t)
  if (authority === undefined || get === undefined) return
  const start = await startBoth(authority)
  const trust = [authority.certFile]
  const refused: readonly [title: string, JavaOptions, line: object, tls?: string][] = [
    [
      'TLS 1.0 alone, as old Notes',
      { trust, isOld: true, properties: { 'jdk.tls.client.protocols': 'TLSv1' } },
      { reason: 'no-shared-version', offered: ['TLS 1.0'], msg: /SSL_DISABLE_TLS_10=1/ },
    ],
    [
      'an old cipher alone',
      {
        ...{ trust, isOld: true },
        properties: { 'jdk.tls.client.protocols': 'TLSv1.2', 'https.cipherSuites': oldCipher },
      },
      { reason: 'no-shared-cipher', offered: [oldCipher] },
    ],
    [
      'a trust store without the authority, as a new Sametime Proxy has it',
      {},
      { reason: 'certificate-refused-by-client', msg: /proxytruststore\.p12/ },
    ],
    [
      'the same with TLS 1.2',
      { properties: { 'jdk.tls.client.protocols': 'TLSv1.2' } },
      { reason: 'certificate-refused-by-client' },
    ],
    [
      'TLS 1.2 where 1.3 is asked for',
      { trust, properties: { 'jdk.tls.client.protocols': 'TLSv1.2' } },
      { reason: 'no-shared-version', offered: ['TLS 1.2'] },
      'minVersion: TLSv1.3',
    ],
    [
      'no certificate where the listener asks for one',
      { trust },
      { reason: 'client-certificate-missing' },
      `clientCa: ${authority.certFile}`,
    ],
  ]
  for (const [title, options, line, tls] of refused) {
    t.test(`refused: ${title}`, async t => {
      const gate = await start(tls)
      const { status, error } = await get(`https://localhost:${gate.port}${photo}`, options)
      t.equal(status, undefined, error)
      await waitUntil(() => failuresIn(gate).length > 0)
      t.match(failuresIn(gate)[0], line)
      t.strictSame(gate.requests(), [])
    })
  }
  const admitted: readonly [title: string, JavaOptions, line: object, tls?: string][] = [
    ['as it is', { trust }, { protocol: 'TLSV1.3' }],
    [
      "with the cipher of the seed's log",
      {
        trust,
        properties: {
          'jdk.tls.client.protocols': 'TLSv1.2',
          'https.cipherSuites': 'TLS_RSA_WITH_AES_128_GCM_SHA256',
        },
      },
      { protocol: 'TLSV1.2', cipher: 'TLS_RSA_WITH_AES_128_GCM_SHA256' },
    ],
    [
      'with TLS 1.0 where a listener allows it',
      {
        ...{ trust, isOld: true },
        properties: { 'jdk.tls.client.protocols': 'TLSv1', 'https.cipherSuites': oldCipher },
      },
      { protocol: 'TLSV1', cipher: oldCipher },
      'minVersion: TLSv1',
    ],
  ]
  for (const [title, options, line, tls] of admitted) {
    t.test(`admitted: ${title}`, async t => {
      const gate = await start(tls)
      const { status, error } = await get(`https://localhost:${gate.port}${photo}`, options)
      t.equal(status, 200, error)
      await waitUntil(() => gate.requests().length > 0)
      t.match(gate.requests(), [{ status: 200, ...line }])
      t.strictSame(failuresIn(gate), [])
    })
  }
})

/** What the program prints, and how it ends. Not waited for synchronously: the gate runs in this process. */
function run(
  program: string,
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; text: string }> {
  return new Promise(resolve => {
    const child = spawn(program, args)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', code => resolve({ code, text }))
  })
}

t.test('openssl and curl', async t => {
  const authority = openAuthority(t)
  const [openssl, curl] = [findProgram(t, 'openssl'), findProgram(t, 'curl')]
  if (authority === undefined || openssl === undefined || curl === undefined) return
  const start = await startBoth(authority)
  const old = ['-cipher', 'DEFAULT@SECLEVEL=0']
  const rows: readonly [args: readonly string[], tls: string, protocol: string | undefined][] = [
    [['-tls1', ...old], '', undefined],
    [['-tls1_1', ...old], '', undefined],
    [['-tls1_2'], '', 'TLSV1.2'],
    [['-tls1_3'], '', 'TLSV1.3'],
    [['-tls1', ...old], 'minVersion: TLSv1', 'TLSV1'],
    [['-tls1_1', ...old], 'minVersion: TLSv1', 'TLSV1.1'],
    [['-tls1_1', ...old], 'minVersion: TLSv1.1', 'TLSV1.1'],
    [['-tls1', ...old], 'minVersion: TLSv1.1', undefined],
    [['-tls1_2'], 'minVersion: TLSv1.3', undefined],
    [['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_SHA256'], '', undefined],
    [['-tls1_2', '-cipher', 'ECDHE-RSA-CHACHA20-POLY1305'], '', 'TLSV1.2'],
    [['-tls1_2', '-cipher', 'NULL@SECLEVEL=0'], 'minVersion: TLSv1', undefined],
    [['-tls1_2', '-cipher', 'aNULL@SECLEVEL=0'], 'minVersion: TLSv1', undefined],
    [['-tls1_3', '-alpn', 'h2,http/1.1'], '', 'TLSV1.3'],
    [['-tls1_3', '-alpn', 'h2'], '', undefined],
    [['-tls1_3', '-groups', 'P-521'], '', 'TLSV1.3'],
  ]
  for (const [args, tls, protocol] of rows) {
    t.test(
      `s_client ${args.join(' ')} at a gate with ${tls || 'defaults'}: ${protocol ?? 'refused'}`,
      async t => {
        const gate = await start(tls)
        const connect = [
          '-connect',
          `127.0.0.1:${gate.port}`,
          '-servername',
          'localhost',
          '-CAfile',
          authority.certFile,
        ]
        const request = `GET ${photo} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
        const { text } = await run(openssl, ['s_client', ...connect, '-ign_eof', ...args], request)
        if (protocol === undefined) {
          await waitUntil(() => failuresIn(gate).length > 0)
          t.match(failuresIn(gate)[0], { reason: /^no-shared-(version|cipher|protocol)$/ })
        } else {
          t.match(text, /HTTP\/1\.1 200 OK/)
          await waitUntil(() => gate.requests().length > 0)
          t.match(gate.requests(), [{ protocol }])
        }
      },
    )
  }

  t.test(
    'curl is admitted by name, and told apart when it does not trust the certificate',
    async t => {
      const gate = await start()
      const url = `https://localhost:${gate.port}${photo}`
      const good = await run(curl, [
        '-sS',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code} %{http_version}',
        '--cacert',
        authority.certFile,
        '--resolve',
        `localhost:${gate.port}:127.0.0.1`,
        url,
      ])
      t.equal(good.text, '200 1.1', 'it offers HTTP/2 and gets HTTP/1.1')
      const bad = await run(curl, ['-sS', '--resolve', `localhost:${gate.port}:127.0.0.1`, url])
      t.equal(bad.code, 60)
      await waitUntil(() => failuresIn(gate).length > 0)
      t.match(failuresIn(gate), [{ reason: 'certificate-refused-by-client' }])
      const plain = await run(curl, [
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        `http://127.0.0.1:${gate.port}${photo}`,
      ])
      t.equal(plain.text, '400')
    },
  )
})

t.test('of all suites that OpenSSL has, just those of the list are spoken', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const ca = authority.cert
  const [rsa, ec] = [authority.issue({ keyType: 'rsa' }), authority.issue()]
  const both = `{ certificates: [{ cert: ${rsa.certFile}, key: ${rsa.keyFile} }, { cert: ${ec.certFile}, key: ${ec.keyFile} }] }`
  const gate = await startTlsGate(t, both)
  const [listen] = gate.settings.listen
  const allowed = listen !== undefined && 'tls' in listen ? (listen.tls?.cipherNames ?? []) : []
  t.equal(allowed.length, 11)
  let spoken = 0
  for (const name of getCiphers()) {
    const suite = findCipher(name)
    if (suite === undefined) continue
    const is13 = name.startsWith('tls_')
    const { cipher } = await shakeHands(gate.port, {
      ...{ ca, ciphers: `${suite.opensslName}${is13 ? '' : ':@SECLEVEL=0'}` },
      ...(is13 ? {} : { maxVersion: 'TLSv1.2' }),
    })
    t.equal(cipher, allowed.includes(suite.name) ? suite.name : undefined, suite.name)
    if (cipher !== undefined) spoken++
  }
  t.equal(spoken, 11)
})
