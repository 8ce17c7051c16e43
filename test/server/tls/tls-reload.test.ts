// Certificates are replaced and the server is closed, while connections are open.
import { connect } from 'node:tls'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import {
  connectSilently,
  failuresIn,
  tlsRequest as request,
  shakeHands,
  startTlsGate,
  tlsConfig,
  tlsText,
} from '../../fixtures/tls-gate.ts'

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
