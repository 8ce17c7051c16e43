// The first bytes of a connection: a hello in whatever pieces, and everything that is none.
import { createServer } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { connect } from 'node:tls'
import t from 'tap'
import { cipherNameOf } from '../../../src/config/listen/cipher-suites.ts'
import { readFirstBytes } from '../../../src/server/tls/client-hello.ts'
import { seededRandom } from '../../fixtures/random.ts'

/** The bytes that Node's client begins with. */
async function captureHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const bytes = new Promise<Buffer>(resolve =>
    server.once('connection', socket => {
      socket.on('error', () => {})
      socket.once('data', chunk => {
        resolve(chunk)
        socket.destroy()
      })
    }),
  )
  const { port } = server.address() as { port: number }
  const client = connect({ host: '127.0.0.1', port, ...options })
  client.on('error', () => {})
  const captured = await bytes
  client.destroy()
  server.close()
  return captured
}

const helloOf = (bytes: Buffer) => {
  const first = readFirstBytes(bytes)
  return first.kind === 'hello' ? first.hello : undefined
}

/** Splits the message of one record into records of `size` bytes. */
function splitRecords(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part)
  }
  return Buffer.concat(records)
}

t.test('what a client offers is read from its hello', async t => {
  const bytes = await captureHello({
    servername: 'Photos.acme.example',
    ALPNProtocols: ['h2', 'http/1.1'],
    minVersion: 'TLSv1.2',
    ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA',
  })
  const hello = helloOf(bytes)
  t.strictSame(hello?.versions, [0x0304, 0x0303])
  t.strictSame(hello?.ciphers.map(cipherNameOf), [
    'TLS_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_RSA_WITH_AES_128_CBC_SHA',
  ])
  t.equal(hello?.serverName, 'Photos.acme.example')
  t.strictSame(hello?.protocols, ['h2', 'http/1.1'])
})

t.test('a client of TLS 1.0 without extensions is read', async t => {
  const hello = `0301${'00'.repeat(32)}00${'0004'}002f00ff0100`
  const message = `01${(hello.length / 2).toString(16).padStart(6, '0')}${hello}`
  const bytes = Buffer.from(
    `160301${(message.length / 2).toString(16).padStart(4, '0')}${message}`,
    'hex',
  )
  t.strictSame(helloOf(bytes), {
    versions: [0x0301],
    ciphers: [0x002f],
    serverName: undefined,
    protocols: [],
  })
})

t.test('a hello is partial until its last byte, in one record or in many', async t => {
  const whole = await captureHello({ servername: 'localhost' })
  const wanted = helloOf(whole)
  t.ok(wanted)
  for (const bytes of [whole, splitRecords(whole, 50), splitRecords(whole, 100)]) {
    t.strictSame(helloOf(bytes), wanted)
    let partial = 0
    for (let end = 0; end < bytes.length; end++) {
      const first = readFirstBytes(bytes.subarray(0, end))
      if (first.kind !== 'partial') continue
      partial++
      if (first.neededBytes <= end || first.neededBytes > bytes.length) {
        t.fail(`${first.neededBytes} needed of ${end}`)
      }
    }
    t.equal(partial, bytes.length, 'every beginning of it')
  }
})

t.test('values without a meaning (GREASE) and signals are left out', async t => {
  const ciphers = ['0a0a', '1301', '00ff', '5600', 'fafa', 'c02f']
  const versions = ['dada', '0304']
  const extensions = `002b000${versions.length * 2 + 1}0${versions.length * 2}${versions.join('')}`
  const body = `0303${'11'.repeat(32)}00000c${ciphers.join('')}0100${(extensions.length / 2).toString(16).padStart(4, '0')}${extensions}`
  const message = `01${(body.length / 2).toString(16).padStart(6, '0')}${body}`
  const bytes = Buffer.from(
    `160301${(message.length / 2).toString(16).padStart(4, '0')}${message}`,
    'hex',
  )
  t.match(helloOf(bytes), { versions: [0x0304], ciphers: [0x1301, 0xc02f] })
})

t.test('what is no hello is told apart', async t => {
  const rows: readonly [string, string | Buffer, string][] = [
    ['nothing yet', '', 'partial'],
    ['a request', 'GET / HTTP/1.1\r\n', 'http'],
    ['the beginning of one', 'GE', 'partial'],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n', 'http'],
    ['SSL 2.0', Buffer.from('802b0100020012', 'hex'), 'sslv2'],
    ['a record of an alert', Buffer.from('15030100020100', 'hex'), 'other'],
    ['a record of version 2', Buffer.from('160200000401000000', 'hex'), 'other'],
    ['another message', Buffer.from('16030100040e000000', 'hex'), 'other'],
    ['an empty hello', Buffer.from('160301000401000000', 'hex'), 'other'],
    [
      'a hello whose ciphers are longer than it',
      Buffer.from(`160301002a01000026${'0303'}${'00'.repeat(32)}0000ff00`, 'hex'),
      'other',
    ],
    ['SSH', 'SSH-2.0-x', 'other'],
    ['the PROXY protocol', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n', 'other'],
  ]
  for (const [what, bytes, kind] of rows) {
    t.equal(readFirstBytes(Buffer.from(bytes as string, 'latin1')).kind, kind, what)
  }
})

t.test('50,000 changed hellos never throw, and none is taken for a request', async t => {
  const whole = await captureHello({ servername: 'localhost', ALPNProtocols: ['http/1.1'] })
  const random = seededRandom(t)
  const kinds = new Set<string>()
  for (let count = 0; count < 50_000; count++) {
    const bytes = Buffer.from(whole)
    for (let change = 0; change <= count % 4; change++) {
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    }
    kinds.add(readFirstBytes(bytes.subarray(0, 1 + Math.floor(random() * bytes.length * 1.2))).kind)
  }
  t.notOk(kinds.has('http'))
  t.ok(kinds.has('hello') && kinds.has('other') && kinds.has('partial'))
})

t.test('a hello in records of one byte is not read', async t => {
  const whole = await captureHello({ servername: 'localhost' })
  const split = splitRecords(whole, 1)
  t.equal(readFirstBytes(split).kind, 'other')
  t.equal(readFirstBytes(split.subarray(0, 300)).kind, 'partial', 'up to 64 records')
})
