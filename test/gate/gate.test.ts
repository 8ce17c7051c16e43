// Faults of the program, made on purpose with fake parts because a whole server has none.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { Settings, TimeoutSettings } from '../../src/config/settings.ts'
import { parsePair } from '../../src/evidence/cookies.ts'
import { buildGate } from '../../src/gate/gate.ts'
import { buildGateState } from '../../src/gate/state.ts'
import type { Ledger } from '../../src/guest/ledger.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import type { PhotoLibrary } from '../../src/photo/photo-library.ts'
import { describePhoto } from '../../src/photo/photo-store.ts'
import type { Rule } from '../../src/policy/policy.ts'
import { sendRaw } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import { openConnection } from '../fixtures/kept-connection.ts'
import { fc, holds } from '../fixtures/property.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const everybody: Rule = {
  name: 'everybody',
  conditions: [{ kind: 'from', matches: () => true, describe: () => '' }],
}
const photo = describePhoto(jpegOf('joe'), 'image/jpeg', 0)

interface Parts {
  rule?: Rule
  find?: PhotoLibrary['find']
  isScanned?: boolean
  missing?: 'not-found' | 'placeholder'
  ledger?: Ledger
  onDoubt?: () => void
  timeouts?: Partial<TimeoutSettings>
  inactiveMs?: number
  /** Milliseconds between two checks for requests that are too slow. Default: the gate's. */
  checkMs?: number
}

async function start(t: Test, parts: Parts = {}) {
  const { rule = everybody, find = () => photo, isScanned = true, missing = 'not-found' } = parts
  const settings: Settings = {
    listen: [],
    proxies: undefined,
    clientHeader: 'x-forwarded-for',
    timeouts: { keepAliveSeconds: 75, headersSeconds: 15, requestSeconds: 30, ...parts.timeouts },
    photos: { directory: '', missing, maxAgeSeconds: 300, cacheBytes: 1 },
    ltpa: undefined,
    links: undefined,
    canaries: new Set(),
    ledger: undefined,
    policy: { rules: [rule], cookieNames: new Set() },
    otherwise: { status: 403 },
    supply: undefined,
    files: [],
  }
  const library: PhotoLibrary = {
    ...{ find, has: () => true, aliasesOf: () => [], isScanned, isReady: isScanned, size: 1 },
    scanned: Promise.resolve(),
    close: async () => {},
  }
  const lines: Record<string, unknown>[] = []
  const faults: unknown[] = []
  const gate = buildGate({
    live: {
      current: buildGateState(settings, { library, ledger: parts.ledger ?? buildMemoryLedger() }),
    },
    sink: { write: line => lines.push(JSON.parse(line)) },
    onDoubt: parts.onDoubt ?? (() => {}),
    onIgnoredHeader: () => {},
    onAlarm: () => {},
    onCanary: () => {},
    onFault: error => faults.push(error),
    ...(parts.inactiveMs === undefined ? {} : { inactiveMs: parts.inactiveMs }),
  })
  t.teardown(() => gate.close())
  // Node reads this when the server begins to listen.
  if (parts.checkMs !== undefined)
    Object.assign(gate.server, { connectionsCheckingInterval: parts.checkMs })
  const listen = async () => {
    await gate.listen({ host: '127.0.0.1', port: 0 })
    return (gate.server.address() as { port: number }).port
  }
  return { gate, lines, faults, listen }
}

/** A library whose look-up waits until the test gives a photo. */
function slowDisk() {
  let give: (found: typeof photo) => void = () => {}
  let isAsked = false
  const find = () => {
    isAsked = true
    return new Promise<typeof photo>(resolve => {
      give = resolve
    })
  }
  return { find, isAsked: () => isAsked, give: (found: typeof photo) => give(found) }
}

t.test('when deciding fails, the request is turned away', async t => {
  const conditions: Rule['conditions'] = [
    {
      kind: 'from',
      matches: () => {
        throw new Error('undecidable')
      },
      describe: () => '',
    },
  ]
  const { gate, faults, lines } = await start(t, { rule: { name: 'broken', conditions } })
  const { statusCode, body } = await gate.inject('/joe@x.jpg')
  t.equal(statusCode, 403)
  t.equal(body, '')
  t.match(faults, [{ message: 'undecidable' }])
  t.match(lines, [{ rule: 'turned-away', status: 403 }])
})

t.test('when finding the photo fails, the answer does not say why', async t => {
  const fail = () => {
    throw new Error('secret of the program')
  }
  for (const find of [fail, async () => fail()]) {
    const { gate, faults, lines } = await start(t, { find })
    const { statusCode, body, headers } = await gate.inject('/joe@x.jpg')
    t.equal(statusCode, 500)
    t.equal(body, 'Something went wrong here.\n')
    t.equal(headers['cache-control'], 'no-store')
    t.match(faults, [{ message: 'secret of the program' }])
    t.match(lines, [{ status: 500, reason: 'error' }])
  }
})

t.test('a fault while the decision is made admits nobody', async t => {
  const isUndecided = () => {
    throw new Error('nobody knows')
  }
  const condition = {
    kind: 'photos',
    matches: () => false,
    describe: () => '',
    isUndecided,
  } as const
  const rule = { name: 'doubtful', conditions: [condition] }
  const { gate, faults, lines } = await start(t, { rule })
  t.equal((await gate.inject('/joe@x.jpg')).statusCode, 403)
  t.match(faults, [{ message: 'nobody knows' }], 'the fault is reported')
  t.match(lines, [{ status: 403, reason: 'no-rule', rule: 'turned-away' }])
})

t.test('routes of the gate read each cookie as the rules do', async t => {
  const { gate } = await start(t)
  await gate.ready()
  const part = fc.constantFrom(
    'page',
    '=',
    '"',
    '%41',
    '%',
    '%e2%84%aa',
    ' ',
    '\t',
    ',',
    'x',
    '\xe9',
  )
  const pair = fc.array(part, { maxLength: 8 }).map(parts => parts.join(''))
  const entries = (cookies: object) => JSON.stringify(Object.entries(cookies))
  const isSame = (text: string) => entries(gate.parseCookie(text)) === entries(parsePair(text))
  holds(t, fc.property(pair, isSame), 5_000)
})

t.test('a fault before the decision admits nobody', async t => {
  const onDoubt = () => {
    throw new Error('no log')
  }
  const { gate, faults } = await start(t, { onDoubt })
  const { statusCode } = await gate.inject({ url: '/joe@x.jpg', remoteAddress: 'nowhere' })
  t.equal(statusCode, 500)
  t.match(faults, [{ message: 'no log' }])
})

t.test('a connection without an address has no client, and the doubt is reported', async t => {
  let doubts = 0
  const { gate, lines } = await start(t, { onDoubt: () => doubts++ })
  await gate.inject({ url: '/joe@x.jpg', remoteAddress: 'nowhere' })
  t.equal(doubts, 1)
  t.match(lines, [{ client: null, peer: null }])
})

t.test('while the directory is being indexed, a missing photo is not cached', async t => {
  const find = () => undefined
  for (const [isScanned, missing, expected] of [
    [false, 'not-found', 'no-store'],
    [true, 'not-found', 'private, max-age=10'],
    [false, 'placeholder', 'private, max-age=0'],
    [true, 'placeholder', 'private, max-age=60'],
  ] as const) {
    const { gate } = await start(t, { find, isScanned, missing })
    const { headers } = await gate.inject('/joe@x.jpg')
    t.equal(headers['cache-control'], expected)
  }
})

t.test('until the photos are known, the gate is alive but not ready', async t => {
  for (const [isScanned, statusCode, body, reason] of [
    [false, 503, 'The photos cannot be read yet.\n', 'not-ready'],
    [true, 200, 'ready\n', 'ready'],
  ] as const) {
    const { gate, lines } = await start(t, { isScanned })
    for (const method of ['GET', 'OPTIONS'] as const) {
      const answer = await gate.inject({ method, url: '/-/readyz' })
      t.match(answer, { statusCode, body, headers: { 'cache-control': 'no-store' } })
    }
    t.equal((await gate.inject({ method: 'HEAD', url: '/-/readyz' })).statusCode, statusCode)
    t.equal((await gate.inject({ method: 'POST', url: '/-/readyz' })).statusCode, 405)
    t.equal((await gate.inject('/-/healthz')).statusCode, 200)
    t.match(lines[0], { status: statusCode, reason, rule: null, address: null })
  }
})

t.test(
  'a client that leaves before the photo is found leaves one log line without a 5xx',
  async t => {
    const disk = slowDisk()
    const { lines, listen, faults } = await start(t, { find: disk.find })
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
  const { lines, listen } = await start(t, { find: () => large })
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
    const { lines, listen } = await start(t, { find: disk.find })
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
      const { lines, listen } = await start(t, { find })
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
        const { lines, listen } = await start(t, { find })
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
  const { gate, lines, listen } = await start(t)
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
  const { listen } = await start(t)
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
  const { listen } = await start(t, { find })
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
  t.match((await start(t)).gate.server, { connectionsCheckingInterval: 5_000 })
  const { gate, lines, listen } = await start(t, { checkMs: 50 })
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
  const { gate, lines } = await start(t)
  const gone = { destroyed: true } as Socket
  gate.server.emit('clientError', new Error('late'), gone)
  gate.server.emit('clientError', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), gone)
  t.strictSame(lines, [])
})

t.test('an error of a socket that takes no more bytes is only logged', async t => {
  const { gate, lines } = await start(t)
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
    const { gate, listen } = await start(t, { inactiveMs: 500, timeouts })
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
    const { listen, lines } = await start(t, { timeouts, checkMs: 50 })
    const head = 'GET /joe@x.jpg HTTP/1.1\r\nHost: x\r\n'
    const answer = await sendRaw(await listen(), `${head}\r\n${head}`, { idleMs: 30_000 })
    t.match(answer, /^HTTP\/1\.1 200 OK\r\n.*HTTP\/1\.1 408 Request Timeout\r\n/s)
    t.match(lines, [{ status: 200 }, { status: 408 }])
  },
)

t.test('the gate waits for a ledger that answers later', async t => {
  const budget = { people: 1, misses: 1, perMs: 1_000 }
  for (const isOver of [false, true]) {
    t.test(`over budget: ${isOver}`, async t => {
      const ledger: Ledger = { count: async () => ({ isOver, isAlarm: false }) }
      const { gate, lines } = await start(t, { rule: { ...everybody, budget }, ledger })
      const { statusCode } = await gate.inject('/joe@acme.example.jpg')
      t.equal(statusCode, isOver ? 404 : 200)
      t.match(lines.at(-1), { reason: isOver ? 'over-budget' : 'found' })
    })
  }
})
