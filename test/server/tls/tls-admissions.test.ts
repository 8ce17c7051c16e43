// A handshake that succeeds: the right certificate, version and cipher, and their names in the log.
import { connect as connectPlain } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import type { HandshakeOptions } from '../../fixtures/tls-gate.ts'
import {
  failuresIn,
  tlsRequest as request,
  sessionOf,
  shakeHands,
  startTlsGate,
  tlsText,
} from '../../fixtures/tls-gate.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

t.test('admissions', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const ca = authority.cert
  const rsa = authority.issue({ keyType: 'rsa' })

  t.test('the log line names version and cipher in the spelling of IHS', async t => {
    const gate = await startTlsGate(t, tlsText(rsa, 'minVersion: TLSv1'))
    const rows: readonly [HandshakeOptions, protocol: string, cipher: string][] = [
      [
        { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: `AES128-SHA:@SECLEVEL=0` },
        ...(['TLSV1', 'TLS_RSA_WITH_AES_128_CBC_SHA'] as const),
      ],
      [
        { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: `AES128-SHA:@SECLEVEL=0` },
        ...(['TLSV1.1', 'TLS_RSA_WITH_AES_128_CBC_SHA'] as const),
      ],
      [
        { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
        ...(['TLSV1.2', 'TLS_RSA_WITH_AES_128_GCM_SHA256'] as const),
      ],
      [{}, 'TLSV1.3', 'TLS_AES_128_GCM_SHA256'],
    ]
    for (const [options, protocol, cipher] of rows) {
      const { answer, error } = await shakeHands(gate.port, { ca, request, ...options })
      t.equal(answer, 'HTTP/1.1 200 OK', String(error))
      await waitUntil(() => gate.requests().some(line => line.protocol === protocol))
      t.match(gate.requests().at(-1), { protocol, cipher, client: '127.0.0.1', status: 200 })
    }
  })

  t.test('each client gets the certificate of the name that it asks for', async t => {
    const one = (cn: string, names: string, keyType: 'ec' | 'rsa' = 'ec') => {
      const { certFile, keyFile } = authority.issue({ cn, names, keyType })
      return `{ cert: ${certFile}, key: ${keyFile} }`
    }
    const list = [
      one('first', 'DNS:photos.acme.example'),
      one('chat', 'DNS:chat.acme.example,DNS:CHAT2.acme.example'),
      one('wild', 'DNS:*.meet.acme.example'),
      one('chat-rsa', 'DNS:chat.acme.example', 'rsa'),
    ]
    const gate = await startTlsGate(t, `{ certificates: [${list.join(', ')}] }`)
    const rows: readonly [servername: string, name: string, HandshakeOptions?][] = [
      ['photos.acme.example', 'first'],
      ['chat.acme.example', 'chat'],
      ['CHAT.acme.example', 'chat'],
      ['chat2.acme.example', 'chat'],
      ['chat.acme.example', 'chat-rsa', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
      ['a.meet.acme.example', 'wild'],
      ['meet.acme.example', 'first'],
      ['a.b.meet.acme.example', 'first'],
      ['other.example', 'first'],
      ['', 'first'],
    ]
    for (const [servername, name, options] of rows) {
      const seen = await shakeHands(gate.port, {
        servername,
        rejectUnauthorized: false,
        ...options,
      })
      t.match(seen, { error: undefined, name }, `${servername} ${name}`)
    }
    t.strictSame(failuresIn(gate), [])
  })

  t.test('a client that offers HTTP/1.1 beside HTTP/2 gets HTTP/1.1', async t => {
    const gate = await startTlsGate(t, tlsText(rsa))
    const seen = await shakeHands(gate.port, { ca, ALPNProtocols: ['h2', 'http/1.1'], request })
    t.match(seen, { alpn: 'http/1.1', answer: 'HTTP/1.1 200 OK' })
  })

  t.test('a hello in many small pieces is answered', async t => {
    const gate = await startTlsGate(t, tlsText(rsa))
    // Between client and gate: passes the client's first bytes on one by one.
    const { createServer } = await import('node:net')
    const relay = createServer(client => {
      const gateSide = connectPlain({ host: '127.0.0.1', port: gate.port, noDelay: true })
      gateSide.pipe(client)
      client.once('data', async bytes => {
        for (const byte of bytes) {
          gateSide.write(Buffer.of(byte))
          await delay(0)
        }
        client.pipe(gateSide)
      })
      for (const socket of [client, gateSide]) socket.on('error', () => {})
    })
    await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
    t.teardown(() => relay.close())
    const { port } = relay.address() as { port: number }
    t.match(await shakeHands(port, { ca, request }), { answer: 'HTTP/1.1 200 OK' })
  })

  t.test('a second connection resumes the session of the first', async t => {
    const gate = await startTlsGate(t, tlsText(rsa))
    const first = await sessionOf(gate.port, ca)
    const socket = connect({
      host: '127.0.0.1',
      port: gate.port,
      ca,
      servername: 'localhost',
      session: first,
    })
    await new Promise(resolve => socket.on('secureConnect', resolve))
    t.ok(socket.isSessionReused())
    socket.destroy()
  })
})
