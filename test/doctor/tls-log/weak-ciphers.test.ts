// Cipher suites that do not protect, with TLS 1.2.
import t from 'tap'
import { ihsLine, readTlsLog, seenOf } from '../../fixtures/tls-logs.ts'

const weak: readonly (readonly [suite: string, what: RegExp])[] = [
  ['TLS_RSA_WITH_RC4_128_SHA', /RC4/],
  ['SSL_RSA_WITH_RC4_128_MD5', /RC4/],
  ['ECDHE-RSA-RC4-SHA', /RC4/],
  ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', /triple DES/],
  ['DES-CBC3-SHA', /triple DES/],
  ['EDH-RSA-DES-CBC3-SHA', /triple DES/],
  ['DES-CBC-SHA', /DES, broken/],
  ['TLS_RSA_WITH_NULL_SHA256', /no encryption/],
  ['NULL-SHA', /no encryption/],
  ['TLS_RSA_EXPORT1024_WITH_RC4_56_SHA', /export keys/],
  ['EXP-RC4-MD5', /export keys/],
  ['ADH-AES128-SHA', /no certificate/],
  ['TLS_DH_anon_WITH_AES_128_CBC_SHA', /no certificate/],
]

for (const [suite, what] of weak) {
  t.test(`${suite} with TLS 1.2 is a finding`, async t => {
    const found = readTlsLog([
      ihsLine({ agent: 'curl/7.29.0', tls: `${suite} TLSV1.2` }),
      ihsLine({ agent: 'curl/7.29.0' }),
    ])
    t.match(found.findings, [{ code: 'tls-weak-cipher', effect: 'weakens', place: { line: 1 } }])
    const seen = seenOf(found, 'tls-weak-cipher')
    t.match(seen, what)
    t.match(seen, new RegExp(`^1 request of 1 client .*: ${suite}\\.\\nPrograms: curl 7\\.29 1\\.`))
  })
}

t.test('suites of today, and those without forward secrecy, are no finding', async t => {
  const suites = [
    ...['TLS_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_256_CBC_SHA', 'AES128-SHA'],
    ...['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ...['DHE-RSA-AES256-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'TLS_AES_256_GCM_SHA384'],
  ]
  const found = readTlsLog(suites.map(suite => ihsLine({ tls: `${suite} TLSV1.2` })))
  t.strictSame(found.findings, [])
  t.ok(found.fine.includes('None of them used a weak cipher suite.'))
})

t.test('a weak suite of an old version is told once, as the old version', async t => {
  const found = readTlsLog([ihsLine({ tls: 'TLS_RSA_WITH_RC4_128_SHA TLSV1' })])
  t.strictSame(found.codes, ['tls-old-client'])
})

t.test('each weakness is a finding with its suites and programs', async t => {
  const found = readTlsLog([
    ihsLine({ agent: 'curl/7.29.0', tls: 'ECDHE-RSA-RC4-SHA TLSV1.2' }),
    ihsLine({ agent: '-', tls: 'RC4-SHA TLSV1.2', target: '/dm/x' }),
    ihsLine({ agent: 'curl/7.29.0', tls: 'DES-CBC3-SHA TLSV1.2' }),
  ])
  t.strictSame(found.codes, ['tls-weak-cipher', 'tls-weak-cipher'])
  t.match(
    seenOf(found, 'tls-weak-cipher'),
    /: ECDHE-RSA-RC4-SHA, RC4-SHA\.\nPrograms: without a name to \/dm\/ 1, curl 7\.29 1\./,
  )
})
