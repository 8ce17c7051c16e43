// Each way in which a handshake fails has a reason and words; OpenSSL's own words are the last resort.
import t from 'tap'
import type { TlsSettings } from '../../../src/config/listen/settings.ts'
import type { ClientHello, FirstBytes } from '../../../src/server/tls/client-hello.ts'
import { nothing } from '../../../src/server/tls/client-hello.ts'
import {
  clientCertificateRefused,
  explainFailure,
  offeredVersions,
  versionNameOf,
} from '../../../src/server/tls/handshake-failure.ts'

const settings: TlsSettings = {
  certificates: ['rsa', 'ec'].map(keyType => ({
    ...{ keyType, chain: '', key: '', names: [], expiresMs: 0, file: 'a.pem' },
  })),
  minVersion: 'TLSv1.2',
  ciphers: '',
  cipherNames: ['TLS_AES_128_GCM_SHA256'],
  alpn: ['http/1.1'],
  clientAuthority: undefined,
  needsClientCert: false,
}
const hello = (more: Partial<ClientHello> = {}): FirstBytes => ({
  kind: 'hello',
  hello: {
    versions: [0x0303],
    ciphers: [0x002f],
    serverName: undefined,
    protocols: ['h2'],
    ...more,
  },
})
const many = Array.from({ length: 9 }, (_, at) => 0x2f + at)

const rows: readonly [
  title: string,
  first: FirstBytes,
  code: string,
  reason: string,
  text: RegExp,
][] = [
  [
    'an old version',
    hello({ versions: [0x0301] }),
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
    'no-shared-version',
    /offers at most TLS 1\.0, and this listener allows TLS 1\.2, TLS 1\.3/,
  ],
  [
    'SSL 3.0',
    hello({ versions: [0x0300] }),
    'ERR_SSL_VERSION_TOO_LOW',
    'no-shared-version',
    /at most SSL 3\.0/,
  ],
  [
    'several versions',
    hello({ versions: [0x0302, 0x0301] }),
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
    'no-shared-version',
    /offers TLS 1\.1, TLS 1\.0/,
  ],
  [
    'a version of a hello that was not read',
    { kind: 'other' },
    'ERR_SSL_UNKNOWN_PROTOCOL',
    'no-shared-version',
    /offers an older version/,
  ],
  [
    'no cipher',
    hello(),
    'ERR_SSL_NO_SHARED_CIPHER',
    'no-shared-cipher',
    /it offers TLS_RSA_WITH_AES_128_CBC_SHA; .*allowed are TLS_AES_128_GCM_SHA256/,
  ],
  [
    'many ciphers',
    hello({ ciphers: many }),
    'ERR_SSL_NO_SHARED_CIPHER',
    'no-shared-cipher',
    /and 3 more;/,
  ],
  [
    'a shared cipher, and no key for it',
    hello({ ciphers: [0x1301] }),
    'ERR_SSL_NO_SUITABLE_KEY_SHARE',
    'no-shared-cipher',
    /its RSA and EC certificate does not fit/,
  ],
  [
    'ciphers of a hello that was not read',
    { kind: 'other' },
    'ERR_SSL_NO_SHARED_CIPHER',
    'no-shared-cipher',
    /it offers suites that were not read/,
  ],
  [
    'another protocol',
    hello(),
    'ERR_SSL_NO_APPLICATION_PROTOCOL',
    'no-shared-protocol',
    /wants to speak h2/,
  ],
  [
    'a protocol of a hello that was not read',
    { kind: 'other' },
    'ERR_SSL_NO_APPLICATION_PROTOCOL',
    'no-shared-protocol',
    /wants to speak others/,
  ],
  [
    'no client certificate',
    hello(),
    'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
    'client-certificate-missing',
    /clientCert: optional/,
  ],
  [
    'a bad client certificate',
    hello(),
    'ERR_SSL_CERTIFICATE_VERIFY_FAILED',
    'client-certificate-refused',
    /is not verified by clientCa; give/,
  ],
  [
    'an alert on the certificate',
    hello(),
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'certificate-refused-by-client',
    /the alert "unknown ca"/,
  ],
  [
    'the same of OpenSSL 3.5',
    hello(),
    'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
    'certificate-refused-by-client',
    /"bad certificate"/,
  ],
  [
    'another alert',
    hello(),
    'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    'refused-by-client',
    /"internal error"/,
  ],
  [
    'no TLS',
    { kind: 'other' },
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'not-tls',
    /something else than TLS/,
  ],
  [
    'a hello and then no TLS',
    hello(),
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'other',
    /OpenSSL says: words/,
  ],
  ['HTTP', { kind: 'http' }, 'ERR_SSL_HTTP_REQUEST', 'http-without-tls', /write https:/],
  [
    'SSL 2.0',
    { kind: 'sslv2' },
    'ERR_SSL_UNSUPPORTED_PROTOCOL',
    'no-shared-version',
    /offers SSL 2\.0/,
  ],
  ['a client that left before', nothing, 'ECONNRESET', 'client-gone', /before it began/],
  ['a client that left', hello(), 'EPIPE', 'client-gone', /in the middle of/],
  ['what nobody foresaw', hello(), 'ERR_SSL_NEW', 'other', /OpenSSL says: words/],
  ['what nobody foresaw, before a hello', nothing, 'ERR_SSL_NEW', 'not-tls', /something else/],
  ['an error without a code', hello(), '', 'other', /OpenSSL says: words/],
]
for (const [title, first, code, reason, text] of rows) {
  t.test(title, async t => {
    const message = '80ACA2F50D7F0000:error:0A000102:SSL routines:a_function:words:../a.c:1:\n'
    const error = { message, ...(code === '' ? {} : { code }) }
    const failure = explainFailure({ first, error, settings })
    t.equal(failure.reason, reason)
    t.match(failure.text, text)
    t.notMatch(failure.text, /undefined|NaN|\.\.\/a\.c/)
  })
}

t.test('versions have the names that people know', async t => {
  t.equal(
    offeredVersions({ versions: [0x0304], ciphers: [], serverName: undefined, protocols: [] }),
    'TLS 1.3',
  )
  t.equal(versionNameOf(0x7f1c), '0x7f1c')
  t.match(clientCertificateRefused('CERT_HAS_EXPIRED').text, /\(cert has expired\)/)
  const strict = { ...settings, minVersion: 'TLSv1.3' } as const
  const error = { code: 'ERR_SSL_UNSUPPORTED_PROTOCOL', message: '' }
  t.match(
    explainFailure({ first: hello(), error, settings: strict }).text,
    /minVersion: TLSv1\.2 for/,
  )
})
