// What clients of TLS could do to the gate and to others: each of these was once possible.
import { connect as connectPlain } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { connect } from 'node:tls'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import {
  connectSilently,
  failuresIn,
  tlsPhoto as photo,
  shakeHands,
  startTlsGate,
  tlsConfig,
  tlsText,
} from '../../fixtures/tls-gate.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const closed = (socket: { on(event: 'close', done: () => void): unknown }) =>
  new Promise<void>(resolve => socket.on('close', resolve))

t.test('attacks', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const ca = authority.cert
  const server = authority.issue()

  t.test('a client that pipelines and ends its side gets every answer, as without TLS', async t => {
    const gate = await startTlsGate(t, tlsText(server))
    const request = `GET ${photo} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    for (const count of [1, 17, 30, 100, 400, 2_000]) {
      const options = { host: '127.0.0.1', port: gate.port, ca, servername: 'localhost' }
      // The types of Node.js do not have allowHalfOpen here.
      const socket = connect({ ...options, allowHalfOpen: true } as ConnectionOptions)
      let answers = 0
      socket.on('data', chunk => {
        answers += chunk.toString('latin1').split('HTTP/1.1 200 OK').length - 1
      })
      socket.on('secureConnect', () => socket.end(request.repeat(count)))
      socket.on('end', () => socket.destroy())
      await closed(socket)
      t.equal(answers, count)
    }
    await waitUntil(() => gate.requests().length === 2_548)
    t.ok(gate.requests().every(({ status }) => status === 200))
  })

  t.test('a hello full of suites, names and protocols makes one short line', async t => {
    const gate = await startTlsGate(t, tlsText(server, 'ciphers: ECDHE-ECDSA-AES128-GCM-SHA256'))
    const vector = (bytes: Buffer, size: number) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return Buffer.concat([length.subarray(4 - size), bytes])
    }
    const extension = (type: number, bytes: Buffer) =>
      Buffer.concat([Buffer.from([type >> 8, type & 255]), vector(bytes, 2)])
    const suites = Buffer.alloc(2 * 20_000)
    for (let at = 0; at < 20_000; at++) suites.writeUInt16BE(0x0100 + at, 2 * at)
    const send = async (extensions: readonly Buffer[]) => {
      const head = Buffer.concat([Buffer.from('0303', 'hex'), Buffer.alloc(32), Buffer.of(0)])
      const more = vector(Buffer.concat(extensions), 2)
      const body = Buffer.concat([head, vector(suites, 2), Buffer.from('0100', 'hex'), more])
      const message = Buffer.concat([Buffer.of(1), vector(body, 3)])
      const records: Buffer[] = []
      for (let at = 0; at < message.length; at += 16_000) {
        records.push(Buffer.from('160301', 'hex'), vector(message.subarray(at, at + 16_000), 2))
      }
      const before = failuresIn(gate).length
      const socket = connectSilently(gate.port)
      socket.on('error', () => {})
      socket.resume()
      socket.write(Buffer.concat(records))
      await closed(socket)
      await waitUntil(() => failuresIn(gate).length > before)
      const line = failuresIn(gate)[before]
      const text = JSON.stringify(line)
      t.ok(text.length < 8_000, `${text.length} characters`)
      t.match(text, /^[\x20-\x7e]*$/)
      return line
    }
    const name = Buffer.from(`\x9b31m"\n\u0000${'x'.repeat(5_000)}`, 'latin1')
    const protocol = vector(Buffer.from('h\x9b'.repeat(40), 'latin1'), 1)
    const protocols = Buffer.concat(Array.from({ length: 200 }, () => protocol))
    const serverName = (bytes: Buffer) =>
      extension(0, vector(Buffer.concat([Buffer.of(0), vector(bytes, 2)]), 2))
    const odd = await send([serverName(name), extension(16, vector(protocols, 2))])
    t.equal(String(odd?.serverName).length, 255)
    const many = await send([serverName(Buffer.from('localhost'))])
    t.match(many, { reason: 'no-shared-cipher', serverName: 'localhost', offeredMore: 19_931 })
    t.equal((many as unknown as { offered: string[] }).offered.length, 64)
  })

  t.test('a client that ends its side without a byte is gone at once, without a line', async t => {
    const gate = await startTlsGate(t, tlsText(server))
    const socket = connectPlain({ host: '127.0.0.1', port: gate.port, allowHalfOpen: true })
    const ended = closed(socket)
    socket.on('error', () => {})
    socket.resume()
    socket.on('end', () => socket.destroy())
    socket.end()
    await ended
    await shakeHands(gate.port, { ca })
    t.strictSame(failuresIn(gate), [])
  })

  t.test('a client of HTTP without TLS that stays does not delay a stop', async t => {
    const gate = await startTlsGate(t, tlsText(server), 'timeouts: { request: 1h, headers: 1h }')
    const socket = connectPlain({ host: '127.0.0.1', port: gate.port, allowHalfOpen: true })
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await new Promise(resolve => socket.once('data', resolve))
    // Would wait for an hour.
    await gate.server.close()
    t.pass('closed')
    socket.destroy()
  })

  t.test('a configuration whose certificate OpenSSL refuses changes nothing at all', async t => {
    const gate = await startTlsGate(t, tlsText(server))
    const next = gate.load(tlsConfig(tlsText(server)).replace('127.0.0.0/8', '192.0.2.0/24'))
    const [listen] = next.listen
    if (listen === undefined || !('host' in listen) || listen.tls === undefined)
      throw new Error('no TLS')
    // As if OpenSSL had another opinion than when the configuration was loaded.
    const [first] = listen.tls.certificates
    const broken = { ...listen.tls, certificates: [{ ...first, chain: 'no chain' }] }
    const bad = { ...next, listen: [{ ...listen, tls: broken }] }
    await t.rejects(gate.server.apply(bad as typeof next))
    const request = `GET ${photo} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    t.match(await shakeHands(gate.port, { ca, request }), { answer: 'HTTP/1.1 200 OK' })
    await gate.server.apply(next)
    t.match(await shakeHands(gate.port, { ca, request }), { answer: 'HTTP/1.1 302 Found' })
  })

  t.test('a front by certificate begins as many handshakes as it likes', async t => {
    const tls = tlsText(server, `clientCa: ${authority.certFile}`)
    const gate = await startTlsGate(t, tls, 'proxies: ["cert:CN=ihs.acme.example"]')
    const { cert, key } = authority.issue({ names: 'DNS:ihs.acme.example' })
    await shakeHands(gate.port, { ca, cert, key })
    const all = await Promise.all(
      Array.from({ length: 300 }, () => shakeHands(gate.port, { ca, cert, key })),
    )
    t.strictSame(
      all.filter(({ error }) => error !== undefined),
      [],
    )
    t.strictSame(failuresIn(gate), [])
  })
})
