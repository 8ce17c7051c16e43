// A handshake that fails is explained in the log: what the client offered, what is allowed, what to do.
import { spawn } from 'node:child_process'
import { connect } from 'node:tls'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import type { HandshakeOptions } from '../../fixtures/tls-gate.ts'
import {
  connectSilently,
  failuresIn,
  tlsPhoto as photo,
  tlsRequest as request,
  shakeHands,
  startTlsGate,
  tlsText,
} from '../../fixtures/tls-gate.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const old = 'DEFAULT@SECLEVEL=0'

t.test('refusals', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const ca = authority.cert
  const ec = authority.issue()

  const rows: readonly [title: string, options: HandshakeOptions, line: object, more?: string][] = [
    [
      'a client of TLS 1.0 is refused and told with both versions',
      { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: old },
      {
        reason: 'no-shared-version',
        serverName: 'localhost',
        offered: ['TLS 1.0'],
        allowed: ['TLS 1.2', 'TLS 1.3'],
        msg: /the client offers at most TLS 1\.0, and this listener allows TLS 1\.2, TLS 1\.3; .*SSL_DISABLE_TLS_10=1 and DISABLE_SSLV3=1/,
      },
    ],
    [
      'a client of TLS 1.1 is refused',
      { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: old },
      { reason: 'no-shared-version', offered: ['TLS 1.1'] },
    ],
    [
      'a client of TLS 1.2 is refused where 1.3 is asked for, and the advice names 1.2',
      { ca, maxVersion: 'TLSv1.2' },
      {
        reason: 'no-shared-version',
        offered: ['TLS 1.2'],
        allowed: ['TLS 1.3'],
        msg: /write minVersion: TLSv1\.2/,
      },
      'minVersion: TLSv1.3',
    ],
    [
      'a client of TLS 1.3 alone, with other ciphers, is refused',
      { ca, minVersion: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
      {
        reason: 'no-shared-cipher',
        offered: ['TLS_CHACHA20_POLY1305_SHA256'],
        allowed: ['TLS_AES_128_GCM_SHA256'],
      },
      'ciphers: TLS_AES_128_GCM_SHA256, minVersion: TLSv1.3',
    ],
    [
      'a client with old ciphers is refused, and its ciphers are named as IHS does',
      { ca, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
      {
        reason: 'no-shared-cipher',
        offered: ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'],
        msg: /it offers TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA; update the client, or add one of its suites/,
      },
    ],
    [
      'a client that needs an RSA certificate is told from one with other ciphers',
      { ca, maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
      {
        reason: 'no-shared-cipher',
        msg: /offers TLS_RSA_WITH_AES_128_GCM_SHA256, which this listener allows, and its EC certificate does not fit/,
      },
    ],
    [
      'a client that speaks HTTP/2 alone is refused',
      { ca, ALPNProtocols: ['h2'] },
      {
        reason: 'no-shared-protocol',
        msg: /wants to speak h2, and this listener speaks http\/1\.1/,
      },
    ],
  ]
  for (const [title, options, line, more] of rows) {
    t.test(title, async t => {
      const gate = await startTlsGate(t, tlsText(ec, more))
      const { error, protocol } = await shakeHands(gate.port, options)
      t.ok(error)
      t.equal(protocol, null)
      await waitUntil(() => failuresIn(gate).length > 0)
      t.match(failuresIn(gate), [{ level: /40|warn/, peer: '127.0.0.1', ...line }])
      t.equal(gate.requests().length, 0)
      const good = await shakeHands(gate.port, { ca, request })
      if (more === undefined) t.match(good, { error: undefined, answer: 'HTTP/1.1 200 OK' })
    })
  }

  t.test('HTTP without TLS gets 400 in words', async t => {
    const gate = await startTlsGate(t, tlsText(ec))
    const { status, body } = await gate.ask(photo)
    t.equal(status, 400)
    t.match(String(body), /write https:/)
    t.match(failuresIn(gate), [{ reason: 'http-without-tls' }])
    t.equal(gate.requests().length, 0)
  })

  t.test('bytes that are no TLS end the connection, with a line', async t => {
    const gate = await startTlsGate(t, tlsText(ec))
    const rows: readonly [string, Buffer][] = [
      ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
      ['zeros', Buffer.alloc(64)],
      ['a record of data', Buffer.from('170303000548656c6c6f', 'hex')],
      ['a hello that is cut off in its ciphers', Buffer.from('16030100300100002c0303', 'hex')],
    ]
    for (const [what, bytes] of rows.slice(0, 3)) {
      const socket = connectSilently(gate.port)
      socket.on('error', () => {})
      socket.write(bytes)
      socket.resume()
      await new Promise(resolve => socket.on('close', resolve))
      t.pass(what)
    }
    await waitUntil(() => failuresIn(gate).length > 0)
    t.match(failuresIn(gate), [{ reason: 'not-tls' }], 'once a minute for a client')
  })

  t.test('an SSL 2.0 hello is refused as too old', async t => {
    const gate = await startTlsGate(t, tlsText(ec))
    const socket = connectSilently(gate.port)
    socket.on('error', () => {})
    // Length with the highest bit, CLIENT-HELLO, version 2, lengths of three fields, one cipher, a challenge.
    socket.write(Buffer.from(`801c0100020003000000100100800${'0'.repeat(33)}`, 'hex'))
    socket.resume()
    await new Promise(resolve => socket.on('close', resolve))
    await waitUntil(() => failuresIn(gate).length > 0)
    t.match(failuresIn(gate), [{ reason: 'no-shared-version', msg: /offers SSL 2\.0/ }])
  })

  t.test(
    'a client that does not trust the certificate is told from a fault of the gate',
    async t => {
      const gate = await startTlsGate(t, tlsText(ec))
      // Node's own client leaves without an alert. The gate runs in this process, so openssl must not block it.
      const child = spawn('openssl', [
        ...['s_client', '-connect', `127.0.0.1:${gate.port}`, '-verify_return_error', '-tls1_2'],
      ])
      child.stdin.end()
      await new Promise(resolve => child.on('close', resolve))
      await waitUntil(() => failuresIn(gate).length > 0)
      t.match(failuresIn(gate), [
        { reason: 'certificate-refused-by-client', msg: /proxytruststore\.p12/ },
      ])
      t.equal(gate.requests().length, 0, 'no line of a request')
    },
  )

  t.test('a monitor that connects and leaves gets no line', async t => {
    const gate = await startTlsGate(t, tlsText(ec))
    for (let count = 0; count < 5; count++) {
      const socket = connectSilently(gate.port)
      await new Promise(resolve => socket.on('connect', resolve))
      socket.destroy()
    }
    await shakeHands(gate.port, { ca, request })
    t.strictSame(failuresIn(gate), [])
  })

  t.test(
    'a handshake that is not ended in time is cut off, however often the client sends a byte',
    async t => {
      const gate = await startTlsGate(t, tlsText(ec), 'timeouts: { headers: 1s }')
      const silent = connectSilently(gate.port)
      const slow = connectSilently(gate.port, '127.0.0.2')
      const timer = setInterval(() => slow.write(Buffer.of(22)), 100)
      slow.write(Buffer.from('1603010200010001fc0303', 'hex'))
      for (const socket of [silent, slow]) socket.on('error', () => {})
      await Promise.all(
        [silent, slow].map(socket => new Promise(resolve => socket.on('close', resolve))),
      )
      clearInterval(timer)
      await waitUntil(() => failuresIn(gate).length === 2)
      t.match(failuresIn(gate), [
        { reason: 'timeout', msg: /did not begin it in time/ },
        { reason: 'timeout' },
      ])
    },
  )

  t.test('a client cannot renegotiate', async t => {
    const gate = await startTlsGate(t, tlsText(ec))
    const socket = connect({ host: '127.0.0.1', port: gate.port, ca, maxVersion: 'TLSv1.2' })
    await new Promise(resolve => socket.on('secureConnect', resolve))
    const error = await new Promise<Error | null>(resolve => {
      socket.on('error', resolve)
      socket.renegotiate({}, resolve)
      socket.on('close', () => resolve(new Error('closed')))
    })
    t.ok(error)
    socket.destroy()
  })
})
