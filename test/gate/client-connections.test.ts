// Clients that leave, stop reading, are slow or send what is not a request, at moments that fake parts decide.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { PhotoLibrary } from '../../src/photo/photo-library.ts'
import { describePhoto } from '../../src/photo/photo-store.ts'
import { sendRaw } from '../fixtures/client.ts'
import { photo, slowDisk, startFakeGate } from '../fixtures/fake-gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { openConnection } from '../fixtures/kept-connection.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.test(
  'a client that leaves before the photo is found leaves one log line without a 5xx',
  async t => {
    const disk = slowDisk()
    const { lines, listen, faults } = await startFakeGate(t, { find: disk.find })
    const port = await listen()
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n\r\n')
    await waitUntil(disk.isAsked)
    socket.resetAndDestroy()
    await waitUntil(() => lines.length > 0)
    disk.give(photo)
    await new Promise(setImmediate)
    t.equal(lines.length, 1)
    t.match(lines, [{ aborted: true, address: 'joe@x', rule: 'everybody', bytes: 0 }])
    t.ok(Number(lines[0]?.status) < 500, 'no client got a 500, so none is logged')
    t.strictSame(faults, [])
  },
)

t.test('a client that leaves during the photo is logged as aborted', async t => {
  // More than the operating system's buffers hold.
  const large = describePhoto(Buffer.alloc(64 * 1024 * 1024), 'image/jpeg', 0)
  const { lines, listen } = await startFakeGate(t, { find: () => large })
  const port = await listen()
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n\r\n')
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause()
  socket.resetAndDestroy()
  await waitUntil(() => lines.length > 0)
  t.match(lines, [{ status: 200, aborted: true }])
})

t.test(
  'garbage while the photo is being found gets no answer in the place of the photo',
  async t => {
    const disk = slowDisk()
    const { lines, listen } = await startFakeGate(t, { find: disk.find })
    const port = await listen()
    const answering = sendRaw(port, 'GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n')
    await waitUntil(disk.isAsked)
    await waitUntil(() => lines.length > 0)
    disk.give(photo)
    const answer = await answering
    t.notMatch(answer, /400 Bad Request/)
    await waitUntil(() => lines.length === 2)
    t.match(lines, [{ status: 400, reason: 'bad-request' }, { address: 'joe@x' }])
  },
)

t.test(
  'a client that ends its side after the request gets the photo, from memory and from disk',
  async t => {
    const finds: PhotoLibrary['find'][] = [
      () => photo,
      () => new Promise(resolve => setTimeout(resolve, 50, photo)),
    ]
    for (const find of finds) {
      const { lines, listen } = await startFakeGate(t, { find })
      const socket = connect({ port: await listen(), host: '127.0.0.1', allowHalfOpen: true })
      socket.end('GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n\r\n')
      const answer = Buffer.concat(await socket.toArray())
      t.ok(answer.subarray(-photo.bytes.length).equals(photo.bytes))
      await waitUntil(() => lines.length > 0)
      t.match(lines, [{ status: 200, reason: 'found', aborted: undefined }])
    }
  },
)

const get = 'GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n\r\n'

t.test('earlier requests are answered, whatever follows in the same piece', async t => {
  const rows: [string, string, number][] = [
    ['garbage', 'GARBAGE\r\n\r\n', 400],
    ['a head that is too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
  ]
  const slow: PhotoLibrary['find'] = () => new Promise(resolve => setTimeout(resolve, 50, photo))
  for (const [title, after, status] of rows) {
    for (const [how, find] of [
      ['memory', () => photo],
      ['disk', slow],
    ] as const) {
      await t.test(`${title}, from ${how}`, async t => {
        const { lines, listen } = await startFakeGate(t, { find })
        const answer = await sendRaw(await listen(), get + get + get + after, { idleMs: 1_000 })
        const [before, ...bodies] = answer.split(/HTTP\/1\.1 200 OK\r\n.*?\r\n\r\n/s)
        t.equal(before, '')
        t.strictSame(bodies, Array(3).fill(photo.bytes.toString('latin1')))
        await waitUntil(() => lines.length === 4)
        t.strictSame(lines.map(line => line.status).sort(), [200, 200, 200, status])
      })
    }
  }
})

t.test('a client that sends CONNECT and leaves does not crash the server', async t => {
  const { gate, lines, listen } = await startFakeGate(t)
  const timeouts: unknown[] = []
  gate.server.on('connect', (_, socket) => timeouts.push((socket as Socket).timeout))
  const port = await listen()
  for (let turn = 0; turn < 20; turn++) {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('CONNECT x:1 HTTP/1.1\r\n\r\n')
      process.nextTick(() => socket.resetAndDestroy())
    })
    await new Promise(resolve => socket.once('close', resolve))
  }
  t.match(await sendRaw(port, get), /^HTTP\/1\.1 200 OK/)
  await waitUntil(() => lines.some(({ status }) => status === 200))
  t.strictSame(
    [...new Set(timeouts)].filter(each => each !== 60_000),
    [],
  )
})

t.test('Expect does not insert an answer into another answer', async t => {
  const { listen } = await startFakeGate(t)
  const port = await listen()
  const expecting = get.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n')
  const answer = await sendRaw(port, get + expecting + get)
  t.notMatch(answer, /100 Continue/)
  // Node closes the connection after an answer whose request may still send a body.
  t.match(answer, /Connection: close/)
  const bodies = answer.split(/HTTP\/1\.1 200 OK\r\n.*?\r\n\r\n/s).slice(1)
  t.strictSame(bodies, Array(2).fill(photo.bytes.toString('latin1')))
})

t.test('the gate stops reading from a client that sends requests and takes no answer', async t => {
  let asked = 0
  const large = describePhoto(jpegOf('joe', 100_000), 'image/jpeg', 0)
  const find = () => {
    asked++
    return large
  }
  const { listen } = await startFakeGate(t, { find })
  const socket = connect(await listen(), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.pause()
  const flood = Buffer.from(get.repeat(40_000))
  socket.on('error', () => {})
  socket.write(flood)
  await waitUntil(() => asked > 0)
  let before = 0
  while (before !== asked) {
    before = asked
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  t.ok(asked < 6_000, `${asked} of 40,000 requests were taken`)
})

t.test('timeouts are explicit, and a client that is slow with the head gets 408', async t => {
  t.match((await startFakeGate(t)).gate.server, { connectionsCheckingInterval: 5_000 })
  const { gate, lines, listen } = await startFakeGate(t, { checkMs: 50 })
  const { server } = gate
  t.equal(server.headersTimeout, 15_000)
  t.equal(server.requestTimeout, 30_000)
  t.equal(server.keepAliveTimeout, 75_000)
  t.equal(server.timeout, 60_000)
  server.headersTimeout = 100
  const port = await listen()
  const answer = await sendRaw(port, 'GET /joe@x.jpg HTTP/1.1\r\nHost:', { idleMs: 10_000 })
  t.match(
    answer,
    /^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n$/,
  )
  t.match(lines, [{ status: 408, reason: 'bad-request', method: null, address: null }])
})

t.test('an error of a destroyed socket is neither answered nor logged', async t => {
  const { gate, lines } = await startFakeGate(t)
  const gone = { destroyed: true } as Socket
  gate.server.emit('clientError', new Error('late'), gone)
  gate.server.emit('clientError', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), gone)
  t.strictSame(lines, [])
})

t.test('an error of a socket that takes no more bytes is only logged', async t => {
  const { gate, lines } = await startFakeGate(t)
  let isDestroyed = false
  const deaf = { destroyed: false, writable: false, destroySoon: () => (isDestroyed = true) }
  gate.server.emit('clientError', new Error('half closed'), deaf as unknown as Socket)
  t.ok(isDestroyed)
  t.match(lines, [{ status: 400, peer: null }])
})

t.test(
  'a connection that Envoy keeps for an hour outlasts the limit for inactive ones',
  async t => {
    const timeouts = { keepAliveSeconds: 3_600 }
    const { gate, listen } = await startFakeGate(t, { inactiveMs: 500, timeouts })
    t.equal(gate.server.keepAliveTimeout, 3_600_000)
    const port = await listen()
    const silent = connect(port, '127.0.0.1')
    t.teardown(() => silent.destroy())
    silent.resume()
    await once(silent, 'close') // A connection without a request is not kept.
    const kept = await openConnection(t, port, '127.0.0.2')
    const { headers } = await kept.send(['GET /joe@x.jpg HTTP/1.1', 'Host: x'])
    t.equal(headers['keep-alive'], 'timeout=3600')
    await delay(950)
    t.equal((await kept.send(['GET /joe@x.jpg HTTP/1.1', 'Host: x'])).status, 200)
    await delay(750)
    t.equal((await kept.send(['GET /joe@x.jpg HTTP/1.1', 'Host: x'])).status, 200, 'once more')
  },
)

t.test(
  'a kept connection that stops in the middle of a request is cut long before the hour',
  async t => {
    const timeouts = { keepAliveSeconds: 3_600, headersSeconds: 1, requestSeconds: 1 }
    const { listen, lines } = await startFakeGate(t, { timeouts, checkMs: 50 })
    const head = 'GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n'
    const answer = await sendRaw(await listen(), `${head}\r\n${head}`, { idleMs: 30_000 })
    t.match(answer, /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 408 Request Timeout\r\n/s)
    t.match(lines, [{ status: 200 }, { status: 408 }])
  },
)
