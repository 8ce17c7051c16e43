// Pipelined requests: all are answered, in order, and other clients do not wait for them.
import { once } from 'node:events'
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { Connection, Exchange } from '../../src/gate/exchange.ts'
import { beginExchange, connectionOf } from '../../src/gate/exchange.ts'
import type { PipelineLimits } from '../../src/gate/pipelines.ts'
import { boundPipelines } from '../../src/gate/pipelines.ts'
import type { GateState } from '../../src/gate/state.ts'
import { sendRaw } from '../fixtures/client.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const inside = '127.0.0.2'
const large = jpegOf('large', 400_000)
const gate = await startGate(t, {
  config: 'allow: [{ name: office, from: [127.0.0.2] }]',
  photos: { 'joe@acme.example.jpg': jpegOf('joe'), 'large@acme.example.jpg': large },
})
const { port } = gate
const request = (path: string, method = 'GET', more = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`
const nobody = request('/a')
const joe = '/joe@acme.example.jpg'

async function open(t: Test, to: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: to, localAddress: from, allowHalfOpen: true })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Statuses of the answers so far. A photo's bytes contain no status line. */
function readStatuses(socket: Socket): () => number[] {
  const statuses: number[] = []
  let rest = ''
  socket.on('data', chunk => {
    const text = rest + chunk.toString('latin1')
    for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) statuses.push(Number(status))
    rest = /HTTP?\/?1?\.?1? ?\d{0,3}$|HT?$/.exec(text)?.[0] ?? ''
  })
  return () => statuses
}

t.test('any number of requests at once is answered, in order', async t => {
  const kinds: [raw: string, status: number][] = [
    [request(joe), 200],
    [request(joe, 'HEAD'), 200],
    [request('/nobody@acme.example.jpg'), 404],
    [request(joe, 'DELETE'), 405],
    [request('/%zz'), 400],
    [request(joe, 'GET', 'If-None-Match: *\r\n'), 304],
    [request(joe, 'POST', 'Content-Length: 0\r\n'), 405],
    [request('/-/healthz', 'GET', 'Expect: something\r\n'), 200],
    [request(joe, 'GET', 'Upgrade: websocket\r\n'), 200],
  ]
  // Pieces that end anywhere in a request, and one that ends with the last request. Large ones fill more than one
  // read of 64 KiB.
  for (const [pieceLength, count] of [
    [1_000_000, 1_680],
    [65_536, 1_680],
    [8_191, 560],
    [1_000, 560],
  ] as const) {
    t.test(`in pieces of ${pieceLength}`, async t => {
      const seven = Array.from({ length: count }, (_, at) => kinds[(at * 5) % kinds.length])
      const wanted = seven.map(kind => kind?.[1])
      const bytes = Buffer.from(seven.map(kind => kind?.[0]).join(''))
      const socket = await open(t, port, inside)
      const statuses = readStatuses(socket)
      if (count > 1_000) t.ok(bytes.length > 65_536)
      for (let at = 0; at < bytes.length; at += pieceLength) {
        socket.write(bytes.subarray(at, at + pieceLength))
        if (pieceLength < 60_000) await new Promise(setImmediate)
      }
      await waitUntil(() => statuses().length >= wanted.length, 60_000)
      t.strictSame(statuses(), wanted)
      // The connection can be used again.
      socket.write(request(joe))
      await waitUntil(() => statuses().length > wanted.length)
      t.equal(statuses().at(-1), 200)
    })
  }
})

t.test('other clients do not wait for a connection that never stops sending requests', async t => {
  const sockets = await Promise.all(Array.from({ length: 10 }, () => open(t, port)))
  const counts = sockets.map(readStatuses)
  const each = 500
  for (const socket of sockets) socket.write(nobody.repeat(each))
  const answered = () => counts.reduce((sum, count) => sum + count().length, 0)
  await waitUntil(() => answered() > 0)
  const before = answered()
  const asked = 20
  for (let round = 0; round < asked; round++) {
    const answer = await gate.ask(joe, { from: inside })
    t.equal(answer.status, 200)
  }
  // Each turn of the event loop takes a few requests of the flooder, and each asking client needs a few turns. If a
  // turn took everything that had been read, the whole flood would be answered before the first of those clients.
  const between = answered() - before
  t.ok(between < (each * sockets.length) / 2, `${between} of the flood were answered meanwhile`)
  await waitUntil(() => answered() === each * sockets.length, 60_000)
  t.pass('the whole flood is answered in the end')
})

t.test('a client that reads late gets all answers when it reads', async t => {
  const socket = await open(t, port, inside)
  const count = 60
  const before = gate.requests().length
  socket.pause()
  socket.write(request('/large@acme.example.jpg').repeat(count))
  await delay(300)
  const meanwhile = gate.requests().length - before
  socket.resume()
  t.ok(meanwhile < count - 16, `${meanwhile} of ${count} answers fit into the system's buffers`)
  let bytes = 0
  socket.on('data', chunk => {
    bytes += chunk.length
  })
  await waitUntil(
    () => gate.requests().length - before === count && bytes > count * large.length,
    60_000,
  )
  t.ok(
    gate
      .requests()
      .slice(before)
      .every(({ status }) => status === 200),
  )
})

t.test('a client that ends its side gets the answers to its requests', async t => {
  for (const length of [1, 16, 17, 32, 33, 3_000]) {
    const socket = await open(t, port)
    const statuses = readStatuses(socket)
    socket.end(nobody.repeat(length))
    await once(socket, 'end')
    t.equal(statuses().length, length)
  }
})

t.test(
  'a request that ends its connection ends it after the answers to earlier requests',
  async t => {
    const hidden = request(joe, 'GET', 'Range: bytes=0-0\r\n')
    const rows: [title: string, raw: string, last: number, reason: string, isSaid?: false][] = [
      // Without an answer, unless all earlier requests have been answered by then.
      ['garbage', 'GARBAGE\r\n\r\n', 400, 'bad-request', false],
      ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'method', false],
      ['a body', `${request(joe, 'POST', 'Content-Length: 5\r\n')}hello`, 405, 'method'],
      ['a body that is a request', request(joe, 'GET', 'Content-Length: 5000\r\n'), 400, 'body'],
      ['a body in chunks', request(joe, 'GET', 'Transfer-Encoding: chunked\r\n'), 400, 'body'],
      ['Connection: close', request(joe, 'GET', 'Connection: close\r\n'), 200, 'found'],
      ['HTTP/1.0', `GET ${joe} HTTP/1.0\r\n\r\n`, 200, 'found'],
      ['an upgrade', request(joe, 'GET', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'), 200, 'found'],
    ]
    for (const [title, raw, last, reason, isSaid = true] of rows) {
      for (const length of [1, 16, 33]) {
        t.test(`${title} behind ${length}`, async t => {
          const before = gate.requests().length
          const bytes =
            request('/nobody@acme.example.jpg').repeat(length) + raw + hidden.repeat(400)
          const answer = await sendRaw(port, bytes, { from: inside, idleMs: 10_000 })
          const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, text]) =>
            Number(text),
          )
          if (statuses.length > length || isSaid) t.equal(statuses.pop(), last)
          t.strictSame(statuses, Array(length).fill(404))
          await waitUntil(() =>
            gate
              .requests()
              .slice(before)
              .some(line => line.reason === reason),
          )
          const lines = gate.requests().slice(before)
          t.ok(
            lines.length < length + 60,
            `${lines.length} lines: hardly any request behind the last one is read`,
          )
        })
      }
    }
  },
)

t.test('a connection that is reset with unread requests is not a fault', async t => {
  for (const count of [20, 3_000]) {
    const socket = await open(t, port)
    socket.write(nobody.repeat(count))
    await once(socket, 'data')
    socket.resetAndDestroy()
  }
  t.equal((await gate.ask(joe, { from: inside })).status, 200)
  t.notOk(gate.lines().some(({ msg }) => /fault/.test(String(msg))))
})

t.test('requests that come byte by byte are answered', async t => {
  const socket = await open(t, port, inside)
  socket.setNoDelay(true)
  const statuses = readStatuses(socket)
  for (const byte of Buffer.from(request(joe).repeat(4))) {
    socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  await waitUntil(() => statuses().length === 4)
  t.strictSame(statuses(), [200, 200, 200, 200])
})

interface Bounded {
  readonly server: HttpServer
  readonly port: number
  /** Requests without an answer so far. */
  readonly waiting: ServerResponse[]
  takeHeld(connection: Connection, exchange: Exchange): boolean
  errors: number
}

async function startBounded(
  t: Test,
  limits: PipelineLimits,
  options = {},
  { callMs = 1, mustWait = (_: IncomingMessage): boolean => false } = {},
): Promise<Bounded> {
  const server = createServer({ requestTimeout: 0, ...options })
  const bounded: Bounded = { server, port: 0, waiting: [], errors: 0, takeHeld: () => false }
  let ms = 0
  const pipelines = boundPipelines(server, {
    flush: () => {},
    mustWait,
    limits,
    now: () => (ms += callMs),
    onFault() {},
  })
  server.on('request', (request, response) => {
    const { connection } = beginExchange(request, {} as GateState)
    bounded.waiting.push(response)
    response.on('close', () => {
      connection.open--
      pipelines.release(connection)
    })
  })
  server.on('clientError', (error, socket) => {
    if (pipelines.takeHalt(error, socket as Socket)) return
    bounded.errors++
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { takeHeld } = pipelines
  return { ...bounded, takeHeld, port: (server.address() as AddressInfo).port }
}

const limits: PipelineLimits = {
  ...{ maxOpen: 4, perRead: 3, perSlice: 2, sliceMs: 1, restRatio: 0, maxParkedBytes: 0 },
}

t.test('only a few requests of one connection wait for their answers', async t => {
  const { port, waiting } = await startBounded(t, limits)
  for (const [title, write] of [
    ['in one piece', (socket: Socket) => void socket.write(nobody.repeat(100))],
    [
      'each alone',
      async (socket: Socket) => {
        socket.setNoDelay(true)
        for (let at = 0; at < 100; at++) {
          socket.write(nobody)
          await delay(1)
        }
      },
    ],
  ] as const) {
    const socket = await open(t, port)
    const statuses = readStatuses(socket)
    await write(socket)
    await waitUntil(() => waiting.length >= limits.maxOpen)
    await delay(50)
    t.equal(waiting.length, limits.maxOpen, title)
    while (statuses().length < 100) {
      for (const response of waiting.splice(0)) response.end()
      await delay(1)
      t.ok(waiting.length <= limits.maxOpen)
    }
    socket.destroy()
  }
})

t.test('requests behind a waiting one are kept while there is room', async t => {
  for (const [title, maxParkedBytes, answered] of [
    ['room for all', 10_000, 10],
    ['room for one connection', nobody.length * 10, 10],
    ['no room', nobody.length * 10 - 1, 1],
  ] as const) {
    const held: Exchange[] = []
    // The first request of each of the two connections.
    const mustWait = (request: IncomingMessage) => {
      const { socket } = request
      if (held.length > 1 || held.some(({ connection }) => connection.socket === socket))
        return false
      const exchange = beginExchange(request, {} as GateState)
      exchange.connection.isHeld = true
      held.push(exchange)
      return true
    }
    const bounded = await startBounded(t, { ...limits, maxParkedBytes }, {}, { mustWait })
    const { port, waiting, takeHeld } = bounded
    // The room of the first connection is freed when it closes.
    for (const goes of [true, false]) {
      const socket = await open(t, port)
      const statuses = readStatuses(socket)
      const before = held.length
      socket.write(nobody.repeat(10))
      await waitUntil(() => held.length > before)
      await delay(20)
      const exchange = held.at(-1) as Exchange
      const { connection } = exchange
      if (goes) {
        connection.socket.destroy()
        await once(socket, 'end')
        continue
      }
      connection.isHeld = false
      takeHeld(connection, exchange)
      await waitUntil(() => {
        for (const response of waiting.splice(0)) response.end()
        return statuses().length === answered
      })
      await delay(20)
      t.equal(statuses().length, answered, title)
      t.equal(connection.isRefused, answered === 1)
    }
  }
})

/** A server that makes the first `count` requests of a connection wait, and a connection to it. */
async function openWaiting(t: Test, count: number) {
  const held: Exchange[] = []
  const mustWait = (request: IncomingMessage) => {
    if (held.length >= count) return false
    const exchange = beginExchange(request, {} as GateState)
    exchange.connection.isHeld = true
    held.push(exchange)
    return true
  }
  const bounded = await startBounded(t, { ...limits, maxParkedBytes: 10_000 }, {}, { mustWait })
  const socket = await open(t, bounded.port)
  socket.setNoDelay(true)
  const statuses = readStatuses(socket)
  socket.write(nobody)
  await waitUntil(() => held.length === 1)
  const [exchange] = held as [Exchange]
  await delay(20)
  return { ...bounded, held, socket, statuses, exchange }
}

t.test('a request behind a waiting one may have to wait as well', async t => {
  const { held, socket, statuses, waiting, takeHeld, exchange } = await openWaiting(t, 2)
  const { connection } = exchange
  socket.write(nobody.repeat(2))
  await waitUntil(() => connection.next !== undefined)
  connection.isHeld = false
  t.ok(takeHeld(connection, exchange))
  t.notOk(takeHeld(connection, exchange), 'a request has one turn')
  await waitUntil(() => waiting.length === 1)
  waiting.shift()?.end()
  await waitUntil(() => held.length === 2)
  await delay(20)
  t.equal(statuses().length, 1)
  connection.isHeld = false
  t.ok(takeHeld(connection, held[1] as Exchange))
  await waitUntil(() => {
    for (const response of waiting.splice(0)) response.end()
    return statuses().length === 3
  })
})

t.test('a request whose bytes are gone has no turn', async t => {
  const { takeHeld, exchange } = await openWaiting(t, 1)
  const { connection } = exchange
  connection.held = undefined
  connection.isHeld = false
  t.notOk(takeHeld(connection, exchange))
})

t.test('nothing more is read behind a waiting request once the connection ends', async t => {
  const { socket, exchange } = await openWaiting(t, 1)
  const { connection } = exchange
  connection.isRefused = true
  socket.write(nobody)
  await waitUntil(() => connection.socket.isPaused())
  t.equal(connection.unread, undefined)
})

t.test('connections take turns', async t => {
  const { port, server, waiting } = await startBounded(t, { ...limits, maxOpen: 1_000 })
  const order: Socket[] = []
  server.on('request', ({ socket }) => order.push(socket))
  const sockets = await Promise.all([1, 2, 3].map(() => open(t, port)))
  for (const socket of sockets) socket.write(nobody.repeat(200))
  await waitUntil(() => waiting.length === 600)
  // Each connection has its first answer before any other has its last.
  const half = new Set(order.slice(0, 300))
  t.equal(half.size, 3)
  for (const socket of half) {
    const share = order.slice(0, 300).filter(one => one === socket).length
    t.ok(share > 50, `${share} of the first 300`)
  }
})

t.test('a process that was suspended during a turn soon goes on', async t => {
  const hourMs = 60 * 60_000
  const { port, waiting } = await startBounded(
    t,
    { ...limits, maxOpen: 1_000, restRatio: 9 },
    {},
    { callMs: hourMs },
  )
  const socket = await open(t, port)
  socket.write(nobody.repeat(20))
  await waitUntil(() => waiting.length === 20, 60_000)
  t.pass('all requests are taken')
})

t.test('a connection that was halted behind its last request is idle, not slow', async t => {
  const soon = { requestTimeout: 200, headersTimeout: 200, connectionsCheckingInterval: 25 }
  const bounded = await startBounded(t, limits, soon)
  const socket = await open(t, bounded.port)
  const statuses = readStatuses(socket)
  bounded.server.on('request', (_, response) => response.end())
  for (const count of [3, 4, 1]) {
    socket.write(nobody.repeat(count))
    await delay(450)
  }
  await waitUntil(() => statuses().length === 8)
  t.equal(bounded.errors, 0)
})

t.test('a start with a parser that cannot be halted is reported', async t => {
  const faults: unknown[] = []
  const onFault = (fault: unknown) => faults.push(fault)
  boundPipelines(createServer(), { flush: () => {}, mustWait: () => false, onFault })
  t.strictSame(faults, [], 'not of this Node.js')
  const without = createServer().removeAllListeners('connection')
  const deaf = createServer().removeAllListeners('connection')
  deaf.on('connection', socket => {
    const execute = (bytes: Buffer) => bytes.length
    Object.assign(socket, { parser: { onIncoming: () => 0, execute } })
  })
  for (const probe of [without, deaf]) {
    boundPipelines(createServer(), { flush: () => {}, mustWait: () => false, onFault, probe })
    t.match(faults.pop(), { message: /cannot be told to stop.* use Node\.js 20, 22 or 24/ })
  }
})

t.test('a parser that cannot be halted is reported once, and requests are served', async t => {
  const faults: unknown[] = []
  const server = createServer().removeAllListeners('connection')
  boundPipelines(server, {
    flush: () => {},
    mustWait: () => false,
    onFault: fault => faults.push(fault),
  })
  for (const parser of [null, {}]) {
    const socket = Object.assign(connect({ host: '127.0.0.1', port }), { parser })
    server.emit('connection', socket)
    t.equal(connectionOf(socket).unread, undefined)
    socket.destroy()
  }
  t.match(faults, [{ message: /cannot be told to stop/ }])
  t.equal(faults.length, 1)
})
