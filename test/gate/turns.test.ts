// What happens to a request that waits for its turn in a flood of forged tokens, and to its client's next requests.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { config, expiresMs, forge, issuer, photo } from '../fixtures/flood.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { fc } from '../fixtures/property.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const shared = '127.0.0.5'
const headOf = (token: string, more = '', line = `GET ${photo} HTTP/1.1`) =>
  `${line}\r\nhost: a\r\n${more}cookie: LtpaToken2=${token}\r\n\r\n`

// Four in a request: the budget is spent faster than it refills.
const forged = () => Array.from({ length: 4 }, forge).join('; LtpaToken2=')

/** Connections that send forged tokens, one request after another. Ends with the test. */
async function flood(t: Test, gate: GateFixture, connections: number): Promise<void> {
  let isOver = false
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(t, gate)))
  for (const socket of sockets) {
    socket.on('data', () => isOver || socket.write(headOf(forged())))
    socket.write(headOf(forged()))
  }
  t.teardown(() => {
    isOver = true
  })
  await waitUntil(() => gate.requests().length > 120, 60_000)
}

async function open(t: Test, gate: GateFixture): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: gate.port, localAddress: shared })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

let freshSoFar = 0
/** A new good token, and the log lines of its user. */
function newcomer(gate: GateFixture) {
  const user = `uid=new${freshSoFar++},o=acme`
  const token = issuer.issueV2({ expiresMs, user })
  const lines = () =>
    gate.requests().filter(line => (line.token as { user?: string } | undefined)?.user === user)
  return { token, lines }
}

/** The statuses of the answers so far, and whether the last one closes the connection. */
function readAnswers(socket: Socket) {
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  return {
    statuses: () => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
    isLast: () => /connection: close/i.test(text.slice(text.lastIndexOf('HTTP/1.1 '))),
  }
}

/** A connection whose request waits. After a stall the gate's budget has refilled, and it verifies the next token at once. */
async function openHeld(t: Test, gate: GateFixture, textFor = (token: string) => headOf(token)) {
  for (;;) {
    const { token } = newcomer(gate)
    const socket = await open(t, gate)
    socket.setNoDelay(true)
    const answers = readAnswers(socket)
    socket.write(textFor(token))
    await delay(60)
    if (answers.statuses().length === 0) return { socket, answers, token }
    socket.destroy()
  }
}

type Row = {
  /** Written behind the request with a new token: at once, or in separate pieces. */
  readonly more: (token: string) => readonly string[]
  readonly together?: boolean
  /** Replaces the request with a new token. */
  readonly first?: (token: string) => string
  readonly statuses: readonly number[]
  readonly ends: boolean
}
const upgrade = 'connection: upgrade\r\nupgrade: x\r\n'
// For another photo: RTSP requests are recognised by their target among the requests of one read.
const rtsp = 'GET /ann@acme.example.jpg RTSP/1.0'
const half = (text: string) => [text.slice(0, 30), text.slice(30)]
const rows: Record<string, Row> = {
  'the same again': { more: token => [headOf(token)], statuses: [200, 200], ends: false },
  'the same again, at once': {
    ...{ more: token => [headOf(token)], together: true, statuses: [200, 200], ends: false },
  },
  'the same again, in two pieces': {
    ...{ more: token => half(headOf(token)), statuses: [200, 200], ends: false },
  },
  'the same again and again': {
    more: token => Array.from({ length: 20 }, () => headOf(token)),
    statuses: Array.from({ length: 21 }, () => 200),
    ends: false,
  },
  'the same again and again, at once': {
    more: token => Array.from({ length: 20 }, () => headOf(token)),
    together: true,
    statuses: Array.from({ length: 21 }, () => 200),
    ends: false,
  },
  'the same twice, in one piece': {
    more: token => [headOf(token) + headOf(token)],
    statuses: [200, 200, 200],
    ends: false,
  },
  'something with a forged token': {
    more: token => [headOf(forge()), headOf(token)],
    statuses: [200, 302, 200],
    ends: false,
  },
  'with no token': {
    more: () => [`GET ${photo} HTTP/1.1\r\nhost: a\r\n\r\n`],
    statuses: [200, 302],
    ends: false,
  },
  'for another protocol': { more: token => [headOf(token, upgrade)], statuses: [200], ends: true },
  'for another protocol, at once': {
    ...{
      more: token => [headOf(token, upgrade)],
      together: true,
      statuses: [200, 200],
      ends: true,
    },
  },
  'to be connected': {
    more: token => [headOf(token, '', 'CONNECT a:443 HTTP/1.1')],
    statuses: [200],
    ends: true,
  },
  'in RTSP': { more: token => [headOf(token, '', rtsp)], statuses: [200, 400], ends: true },
  'in RTSP, at once': {
    ...{
      more: token => [headOf(token, '', rtsp)],
      together: true,
      statuses: [200, 400],
      ends: true,
    },
  },
  'with a body, which could be a request': {
    more: token => [headOf(token, 'content-length: 500\r\n'), headOf(token)],
    statuses: [200, 400],
    ends: true,
  },
  'with a body, at once': {
    more: token => [headOf(token, 'content-length: 500\r\n'), headOf(token)],
    ...{ together: true, statuses: [200, 400], ends: true },
  },
  'though it has said that this is its last, at once': {
    first: token => headOf(token, 'connection: close\r\n'),
    more: token => [headOf(token)],
    ...{ together: true, statuses: [200], ends: true },
  },
  'in HTTP/1.0, with an empty line, at once': {
    first: token => headOf(token, '', `GET ${photo} HTTP/1.0`),
    more: () => ['\r\n'],
    ...{ together: true, statuses: [200], ends: true },
  },
  'and its second piece looks like a request': {
    first: () => `GET ${photo} HTTP/1.1\r\nX:`,
    more: token => [
      headOf(token, `pad:${' '.repeat(400)}x\r\n`, `GET ${photo} foo`) + headOf(token),
    ],
    ...{ statuses: [200, 200], ends: false },
  },
  'text that is not a request': { more: () => ['\0\0\0\r\n\r\n'], statuses: [200], ends: true },
}

t.test('a client that waits and sends more requests meanwhile', async t => {
  const gate = await startGate(t, { config })
  await flood(t, gate, 60)
  t.jobs = 5
  for (const [title, { first = headOf, more, together, statuses, ends }] of Object.entries(rows)) {
    t.test(title, { buffered: true }, async t => {
      const held = await openHeld(t, gate, token =>
        together ? [first(token), ...more(token)].join('') : first(token),
      )
      const { socket, answers, token } = held
      for (const piece of together ? [] : more(token)) {
        socket.write(piece)
        await delay(5)
      }
      await waitUntil(
        () => answers.statuses().length >= statuses.length && (!ends || socket.readableEnded),
        60_000,
      )
      await delay(20)
      t.strictSame(answers.statuses(), statuses)
      t.equal(answers.isLast(), ends)
      t.equal(socket.readableEnded, ends)
    })
  }
})

// The status for a new good token, a forged one, and none.
const kinds = { good: 200, forged: 302, none: 302 }
const kind = fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]))
const sending = fc.record({
  requests: fc.array(kind, { minLength: 1, maxLength: 12 }),
  /** Where the bytes are cut into pieces, in thousandths of their length. */
  cuts: fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 6 }),
  /** Milliseconds between two pieces. */
  waitMs: fc.constantFrom(0, 1, 20, 300),
})

t.test('all requests get their answers in order, however their bytes are cut', async t => {
  const gate = await startGate(t, { config })
  await flood(t, gate, 40)
  const heads = {
    good: () => headOf(newcomer(gate).token),
    forged: () => headOf(forge()),
    none: () => `GET ${photo} HTTP/1.1\r\nhost: a\r\n\r\n`,
  }
  const send = async ({ requests, cuts, waitMs }: (typeof sendings)[number]) => {
    const text = requests.map(name => heads[name]()).join('')
    const places = cuts.map(cut => Math.floor((text.length * cut) / 1_000)).sort((a, b) => a - b)
    const socket = await open(t, gate)
    socket.setNoDelay(true)
    const answers = readAnswers(socket)
    for (const [at, place] of [...places, text.length].entries()) {
      socket.write(text.slice(places[at - 1] ?? 0, place))
      await delay(waitMs)
    }
    await waitUntil(() => answers.statuses().length >= requests.length, 60_000)
    await delay(20)
    const wanted = requests.map(name => kinds[name])
    t.strictSame(answers.statuses(), wanted, `${requests} ${cuts} ${waitMs} ms`)
    t.notOk(socket.readableEnded)
  }
  const sendings = fc.sample(sending, 60)
  await Promise.all(sendings.map(send))
})

t.test('a client that hangs up while it waits has one log line', async t => {
  const gate = await startGate(t, { config })
  await flood(t, gate, 60)
  for (const hangUp of ['destroy', 'resetAndDestroy'] as const) {
    let agent = ''
    const { socket } = await openHeld(t, gate, token => {
      agent = `${hangUp} ${freshSoFar}`
      return headOf(token, `user-agent: ${agent}\r\n`)
    })
    socket[hangUp]()
    const lines = () => gate.requests().filter(({ userAgent }) => userAgent === agent)
    await waitUntil(() => lines().length > 0)
    await delay(400)
    t.match(lines(), [{ client: shared, address: 'joe@acme.example', rule: 'turned-away' }])
    t.equal(lines().length, 1)
    t.ok([302, 499].includes(Number(lines()[0]?.status)), `${lines()[0]?.status}`)
  }
})

t.test('a gate that stops answers waiting requests', async t => {
  const gate = await startGate(t, { config })
  await flood(t, gate, 60)
  const { socket, answers } = await openHeld(t, gate)
  const stopped = gate.server.close()
  await once(socket, 'end')
  t.strictSame(answers.statuses(), [200])
  await stopped
})

t.test('a client that ends its side while it waits is turned away', async t => {
  const gate = await startGate(t, { config })
  await flood(t, gate, 60)
  const { socket, answers } = await openHeld(t, gate)
  socket.end()
  await once(socket, 'end')
  t.strictSame(answers.statuses(), [302])
})

t.test('waiting for a turn does not count against the keep-alive timeout', async t => {
  const gate = await startGate(t, { config: `timeouts: { keepAlive: 1s }\n${config}` })
  const first = newcomer(gate)
  const socket = await open(t, gate)
  const answers = readAnswers(socket)
  socket.write(headOf(first.token))
  await waitUntil(() => answers.statuses().length === 1)
  await flood(t, gate, 560)
  const second = newcomer(gate)
  // The flood took a moment, and the connection may be closed: then use another.
  const again = socket.closed ? await open(t, gate) : socket
  const more = socket.closed ? readAnswers(again) : answers
  // Behind a request that need not wait: its answer starts Node's keep-alive timeout.
  again.write(`GET ${photo} HTTP/1.1\r\nhost: a\r\n\r\n${headOf(second.token)}`)
  await waitUntil(() => more.statuses().at(-1) === 200 && second.lines().length === 1, 60_000)
  t.pass(`answered after ${second.lines()[0]?.milliseconds} ms`)
})
