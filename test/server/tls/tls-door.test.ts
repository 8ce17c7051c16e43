// TLS of the gate's own: each handshake that fails is explained in the log, and each that succeeds reaches the rules.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import type { GateFixture } from '../../fixtures/gate.ts'
import type { HandshakeOptions } from '../../fixtures/tls-gate.ts'
import {
  connectSilently,
  shakeHands,
  startTlsGate,
  tlsConfig,
  tlsText,
} from '../../fixtures/tls-gate.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const photo = '/joe@acme.example.jpg'
const request = `GET ${photo} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const old = 'DEFAULT@SECLEVEL=0'

const failuresIn = (gate: GateFixture) =>
  gate.lines().filter(({ msg }) => String(msg).startsWith('TLS handshake failed'))

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
      'ciphers: TLS_AES_128_GCM_SHA256',
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
    const agent = new Agent({
      ca,
      keepAlive: false,
      maxCachedSessions: 10,
      servername: 'localhost',
    })
    t.teardown(() => agent.destroy())
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

async function sessionOf(port: number, ca: string, more: object = {}): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost', ...more })
  const session = new Promise<Buffer>(resolve => socket.on('session', resolve))
  socket.on('secureConnect', () => socket.write(request))
  socket.on('error', () => {})
  socket.resume()
  const found = await session
  socket.destroy()
  return found
}

t.test('fronts with a certificate', async t => {
  const authority = openAuthority(t)
  const other = openAuthority(t, 'Another authority')
  if (authority === undefined || other === undefined) return
  const ca = authority.cert
  const server = authority.issue()
  const forwarded = `GET ${photo} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n`
  const ihs = { cn: 'ihs.acme.example', names: 'DNS:ihs.acme.example' }
  const mutual = (more = '') =>
    tlsText(server, `clientCa: ${authority.certFile}${more === '' ? '' : `, ${more}`}`)
  const proxies = 'proxies: ["cert:CN=ihs.acme.example"]'
  const clientOf = async (gate: GateFixture, options: HandshakeOptions) => {
    const before = gate.requests().length
    const seen = await shakeHands(gate.port, { ca, request: forwarded, ...options })
    if (seen.answer !== '') await waitUntil(() => gate.requests().length > before)
    return { ...seen, client: gate.requests()[before]?.client }
  }

  const believed = '192.0.2.7'
  const rows: readonly [
    title: string,
    options: Parameters<typeof authority.issue>[0],
    client: string,
    by?: 'other',
  ][] = [
    ['a front is believed by its alternative name', ihs, believed],
    ['in any case', { names: 'DNS:IHS.ACME.example', cn: 'x' }, believed],
    ['by its CN where it has no alternative name', { cn: 'ihs.acme.example', names: '' }, believed],
    [
      'by its CN where its alternative names are no host names',
      { cn: 'ihs.acme.example', names: 'IP:192.0.2.1' },
      believed,
    ],
    ['by the second of its names', { names: 'DNS:a.example,DNS:ihs.acme.example' }, believed],
    [
      'not by its CN beside another alternative name',
      { cn: 'ihs.acme.example', names: 'DNS:other.example' },
      '127.0.0.1',
    ],
    ['not by a wildcard', { names: 'DNS:*.acme.example', cn: '*.acme.example' }, '127.0.0.1'],
    [
      'not by a name that begins alike',
      { names: 'DNS:ihs.acme.example.evil.example', cn: 'x' },
      '127.0.0.1',
    ],
    ['not by a mail address', { names: 'email:ihs.acme.example', cn: 'x' }, '127.0.0.1'],
    [
      'not by a certificate for servers only',
      { ...ihs, extensions: 'extendedKeyUsage=serverAuth' },
      '127.0.0.1',
    ],
    ['not by an authority that is not clientCa', ihs, '127.0.0.1', 'other'],
  ]
  t.test('which certificates', async t => {
    const gate = await startTlsGate(t, mutual('clientCert: optional'), proxies)
    for (const [title, options, client, by] of rows) {
      t.test(title, async t => {
        const { cert, key } = (by === undefined ? authority : other).issue(options)
        const seen = await clientOf(gate, { cert, key })
        t.match(seen, { answer: /^HTTP\/1\.1 / }, String(seen.error))
        t.equal(seen.client, client)
      })
    }
    t.test('an expired one is not believed, and the log says so', async t => {
      const { cert, key } = authority.issue({ ...ihs, days: -1 })
      t.equal((await clientOf(gate, { cert, key })).client, '127.0.0.1')
      t.ok(failuresIn(gate).some(({ reason }) => reason === 'client-certificate-refused'))
    })
    t.test('a client without a certificate is an ordinary client', async t => {
      t.equal((await clientOf(gate, {})).client, '127.0.0.1')
    })
  })

  t.test('an authority that signed the own certificate in a PFX is not one for fronts', async t => {
    const { cert, key } = other.issue(ihs)
    const pfx = `${other.home}/own.pfx`
    const own = other.issue()
    writeFileSync(`${other.home}/pw`, 'secret\n', { mode: 0o600 })
    other.run(
      'pkcs12',
      '-export',
      '-inkey',
      own.keyFile,
      '-in',
      own.certFile,
      '-certfile',
      other.certFile,
      '-passout',
      'pass:secret',
      '-out',
      pfx,
    )
    const tls = `{ pfx: ${pfx}, passwordFile: ${other.home}/pw, clientCa: ${authority.certFile}, clientCert: optional }`
    const gate = await startTlsGate(t, tls, proxies)
    const seen = await clientOf(gate, { cert, key, ca: other.cert })
    t.match(seen, { answer: /^HTTP\/1\.1 / })
    t.equal(seen.client, '127.0.0.1')
  })

  t.test('required: a client without a good certificate cannot connect', async t => {
    const gate = await startTlsGate(t, mutual(), proxies)
    const { cert, key } = other.issue(ihs)
    for (const [options, reason] of [
      [{}, 'client-certificate-missing'],
      [{ cert, key }, 'client-certificate-refused'],
    ] as const) {
      const seen = await clientOf(gate, options)
      t.equal(seen.answer, '')
      t.equal(seen.client, undefined)
      await waitUntil(() => failuresIn(gate).some(line => line.reason === reason))
    }
    const good = authority.issue(ihs)
    t.equal((await clientOf(gate, { cert: good.cert, key: good.key })).client, believed)
  })

  t.test(
    'a reload takes belief away: from a name, from an authority, and from resumed sessions',
    async t => {
      const gate = await startTlsGate(t, mutual('clientCert: optional'), proxies)
      const { cert, key } = authority.issue(ihs)
      const agent = new Agent({
        ca,
        cert,
        key,
        servername: 'localhost',
        keepAlive: true,
        maxSockets: 1,
      })
      t.teardown(() => agent.destroy())
      const { request: send } = await import('node:https')
      const askKept = () =>
        new Promise<number>((resolve, reject) => {
          const headers = { 'x-forwarded-for': believed }
          const asking = send(
            { host: '127.0.0.1', port: gate.port, path: photo, agent, headers },
            response => {
              response.resume()
              response.on('end', () => resolve(response.statusCode ?? 0))
            },
          )
          asking.on('error', reject)
          asking.end()
        })
      const lastClient = async () => {
        const before = gate.requests().length
        await askKept()
        await waitUntil(() => gate.requests().length > before)
        return gate.requests().at(-1)?.client
      }
      const apply = (tls: string, more: string) =>
        gate.server.apply(gate.load(tlsConfig(tls, more)))
      t.equal(await lastClient(), believed)
      await apply(mutual('clientCert: optional'), 'proxies: ["cert:CN=other.acme.example"]')
      t.equal(await lastClient(), '127.0.0.1', 'the name')
      await apply(mutual('clientCert: optional'), proxies)
      t.equal(await lastClient(), believed, 'and again')
      const count = gate.requests().length
      const session = await sessionOf(gate.port, ca, { cert, key })
      await waitUntil(() => gate.requests().length > count)
      await apply(tlsText(server, `clientCa: ${other.certFile}, clientCert: optional`), proxies)
      t.equal(await lastClient(), '127.0.0.1', 'the authority, on a connection that is open')
      const before = gate.requests().length
      await shakeHands(gate.port, { ca, cert, key, session, request: forwarded })
      await waitUntil(() => gate.requests().length > before)
      t.equal(gate.requests().at(-1)?.client, '127.0.0.1', 'the authority, on a resumed session')
    },
  )
})

t.test('certificates are replaced', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const ca = authority.cert
  const [a, b] = [authority.issue({ cn: 'a' }), authority.issue({ cn: 'b', keyType: 'rsa' })]
  const gate = await startTlsGate(t, tlsText(a))
  const kept = connect({ host: '127.0.0.1', port: gate.port, ca, servername: 'localhost' })
  t.teardown(() => kept.destroy())
  await new Promise(resolve => kept.on('secureConnect', resolve))
  const ask = () =>
    new Promise<string>(resolve => {
      kept.once('data', bytes => resolve(String(bytes).slice(0, 15)))
      kept.write(request)
    })
  t.equal(await ask(), 'HTTP/1.1 200 OK')
  await gate.server.apply(gate.load(tlsConfig(tlsText(b, 'minVersion: TLSv1.3'))))
  t.match(
    await shakeHands(gate.port, { ca }),
    { name: 'b', protocol: 'TLSv1.3' },
    'new connections',
  )
  t.match(
    await shakeHands(gate.port, { ca, maxVersion: 'TLSv1.2' }),
    { protocol: null },
    'every setting',
  )
  t.equal(await ask(), 'HTTP/1.1 200 OK', 'the old connection')
})

t.test('closing ends handshakes under way and answers requests under way', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const gate = await startTlsGate(t, tlsText(authority.issue()))
  const silent = connectSilently(gate.port)
  silent.on('error', () => {})
  await new Promise(resolve => silent.on('connect', resolve))
  const kept = connect({
    host: '127.0.0.1',
    port: gate.port,
    ca: authority.cert,
    servername: 'localhost',
  })
  kept.on('error', () => {})
  await new Promise(resolve => kept.on('secureConnect', resolve))
  const gone = Promise.all(
    [silent, kept].map(socket => new Promise(resolve => socket.on('close', resolve))),
  )
  for (const socket of [silent, kept]) socket.resume()
  await gate.server.close()
  await gone
  t.match(await shakeHands(gate.port), { error: 'ECONNREFUSED' })
  t.strictSame(failuresIn(gate), [])
})
