// What happens to a request that waits for its turn in a flood of forged tokens, and to its client's next requests. The
// gate's clocks move only when a test moves them, so that the speed of the machine decides nothing.
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import { connectionOf } from '../../src/gate/exchange.ts'
import { config, expiresMs, forge, issuer, photo, stopClocks } from '../fixtures/flood.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { fc } from '../fixtures/property.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const shared = '127.0.0.5'
const headOf = (token: string, more = '', line = `GET ${photo} HTTP/1.1`) =>
  `${line}\r\nhost: a\r\n${more}cookie: LtpaToken2=${token}\r\n\r\n`

// The gate's ends of the connections, by the client's port: the gate runs in this process.
const accepted = new Map<number | undefined, Socket>()
subscribe('net.server.socket', message => {
  const { socket } = message as { socket: Socket }
  accepted.set(socket.remotePort, socket)
})

/** Whether the gate makes a request of the connection wait. */
function isHeld({ localPort }: Socket): boolean {
  const socket = accepted.get(localPort)
  return socket !== undefined && connectionOf(socket).isHeld
}

/** A gate whose next tokens from `shared` have to wait, with the clocks stopped: its budget of 200 tokens is spent. */
async function startSpent(t: Test, more = '') {
  const { turnsCome } = stopClocks(t)
  const gate = await startGate(t, { config: `${more}${config}` })
  // The gate answers what waits before it closes.
  t.teardown(turnsCome)
  await flood(t, gate, 1)
  return { gate, turnsCome }
}

/** Connections that send four forged tokens, again after each answer, until the test ends. Returns when the budget is spent. */
async function flood(t: Test, gate: GateFixture, connections: number): Promise<void> {
  let isOver = false
  const head = () => headOf(Array.from({ length: 4 }, forge).join('; LtpaToken2='))
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(t, gate)))
  for (const socket of sockets) {
    socket.on('data', () => isOver || socket.write(head()))
    socket.write(head())
  }
  t.teardown(() => {
    isOver = true
  })
  await waitUntil(() => sockets.every(isHeld))
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

/** A connection whose request waits. */
async function openHeld(t: Test, gate: GateFixture, textFor = (token: string) => headOf(token)) {
  const { token } = newcomer(gate)
  const socket = await open(t, gate)
  const answers = readAnswers(socket)
  socket.write(textFor(token))
  await waitUntil(() => isHeld(socket))
  return { socket, answers }
}

type Row = {
  /** Written behind the request with a new token: at once, or in separate pieces. */
  readonly more: (token: string) => readonly string[]
  readonly together?: boolean
  /** Replaces the request with a new token. */
  readonly first?: (token: string) => string
  /** That is only the beginning of a request, which `more` completes. */
  readonly isSplit?: boolean
  readonly statuses: readonly number[]
  readonly ends: boolean
}
const upgrade = 'connection: upgrade\r\nupgrade: x\r\n'
// For another photo: RTSP requests are recognised by their target among the requests of one read.
const rtsp = 'GET /ann@acme.example.jpg RTSP/1.0'
const half = (text: string) => [text.slice(0, 30), text.slice(30)]
const rows: Record<string, Row> = {
  'the same request again': { more: token => [headOf(token)], statuses: [200, 200], ends: false },
  'the same request again, in one write': {
    ...{ more: token => [headOf(token)], together: true, statuses: [200, 200], ends: false },
  },
  'the same request again, in two pieces': {
    ...{ more: token => half(headOf(token)), statuses: [200, 200], ends: false },
  },
  'the same request 20 times': {
    more: token => Array.from({ length: 20 }, () => headOf(token)),
    statuses: Array.from({ length: 21 }, () => 200),
    ends: false,
  },
  'the same request 20 times, in one write': {
    more: token => Array.from({ length: 20 }, () => headOf(token)),
    together: true,
    statuses: Array.from({ length: 21 }, () => 200),
    ends: false,
  },
  'the same request twice, in one piece': {
    more: token => [headOf(token) + headOf(token)],
    statuses: [200, 200, 200],
    ends: false,
  },
  'a request with a forged token': {
    more: token => [headOf(forge()), headOf(token)],
    statuses: [200, 302, 200],
    ends: false,
  },
  'a request without a token': {
    more: () => [`GET ${photo} HTTP/1.1\r\nhost: a\r\n\r\n`],
    statuses: [200, 302],
    ends: false,
  },
  'an upgrade to another protocol': {
    more: token => [headOf(token, upgrade)],
    statuses: [200],
    ends: true,
  },
  'an upgrade to another protocol, in one write': {
    ...{
      more: token => [headOf(token, upgrade)],
      together: true,
      statuses: [200, 200],
      ends: true,
    },
  },
  CONNECT: {
    more: token => [headOf(token, '', 'CONNECT a:443 HTTP/1.1')],
    statuses: [200],
    ends: true,
  },
  RTSP: { more: token => [headOf(token, '', rtsp)], statuses: [200, 400], ends: true },
  'RTSP, in one write': {
    ...{
      more: token => [headOf(token, '', rtsp)],
      together: true,
      statuses: [200, 400],
      ends: true,
    },
  },
  'a request with a body that could be a request': {
    more: token => [headOf(token, 'content-length: 500\r\n'), headOf(token)],
    statuses: [200, 400],
    ends: true,
  },
  'a request with a body, in one write': {
    more: token => [headOf(token, 'content-length: 500\r\n'), headOf(token)],
    ...{ together: true, statuses: [200, 400], ends: true },
  },
  'a request behind Connection: close, in one write': {
    first: token => headOf(token, 'connection: close\r\n'),
    more: token => [headOf(token)],
    ...{ together: true, statuses: [200], ends: true },
  },
  'an empty line behind HTTP/1.0, in one write': {
    first: token => headOf(token, '', `GET ${photo} HTTP/1.0`),
    more: () => ['\r\n'],
    ...{ together: true, statuses: [200], ends: true },
  },
  'the rest of its first request, which looks like a request': {
    first: () => `GET ${photo} HTTP/1.1\r\nX:`,
    isSplit: true,
    more: token => [
      headOf(token, `pad:${' '.repeat(400)}x\r\n`, `GET ${photo} foo`) + headOf(token),
    ],
    ...{ statuses: [200, 200], ends: false },
  },
  'text that is not a request': { more: () => ['\0\0\0\r\n\r\n'], statuses: [200], ends: true },
}

t.test('a client whose request waits sends more, and each gets its answer in order', async t => {
  const { gate, turnsCome } = await startSpent(t)
  const started = await Promise.all(
    Object.entries(rows).map(async ([title, row]) => {
      const { first = headOf, more, together, isSplit } = row
      const { token } = newcomer(gate)
      const socket = await open(t, gate)
      socket.setNoDelay(true)
      const answers = readAnswers(socket)
      socket.write([first(token), ...(together ? more(token) : [])].join(''))
      if (!isSplit) await waitUntil(() => isHeld(socket))
      for (const piece of together ? [] : more(token)) {
        socket.write(piece)
        await delay(5)
        // The gate, in this process, has read the piece before the next is sent.
        await nextTurn()
      }
      await waitUntil(() => isHeld(socket))
      return { title, row, socket, answers }
    }),
  )
  turnsCome()
  for (const { title, row, socket, answers } of started) {
    const { statuses, ends } = row
    t.test(title, async t => {
      await waitUntil(
        () => answers.statuses().length >= statuses.length && (!ends || socket.readableEnded),
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
  waitMs: fc.constantFrom(0, 1, 10, 60),
})

t.test('all requests get their answers in order, however their bytes are cut', async t => {
  const { turnsCome } = stopClocks(t)
  const gate = await startGate(t, { config })
  await flood(t, gate, 20)
  turnsCome()
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
  const { gate, turnsCome } = await startSpent(t)
  const agents = ['destroy', 'resetAndDestroy'] as const
  const linesOf = (agent: string) => gate.requests().filter(({ userAgent }) => userAgent === agent)
  for (const agent of agents) {
    const { socket } = await openHeld(t, gate, token => headOf(token, `user-agent: ${agent}\r\n`))
    socket[agent]()
  }
  // The turns of those that have left would be before this one's.
  const { answers } = await openHeld(t, gate)
  turnsCome()
  await waitUntil(() => answers.statuses().length === 1)
  for (const agent of agents) {
    const lines = linesOf(agent)
    t.match(lines, [{ client: shared, address: 'joe@acme.example', rule: 'turned-away' }])
    t.equal(lines.length, 1)
    t.ok([302, 499].includes(Number(lines[0]?.status)), `${lines[0]?.status}`)
  }
})

t.test('a gate that stops answers waiting requests', async t => {
  const { gate, turnsCome } = await startSpent(t)
  const { socket, answers } = await openHeld(t, gate)
  const stopped = gate.server.close()
  turnsCome()
  await once(socket, 'end')
  t.strictSame(answers.statuses(), [200])
  await stopped
})

t.test('a client that ends its side while it waits is turned away', async t => {
  const { gate } = await startSpent(t)
  const { socket, answers } = await openHeld(t, gate)
  socket.end()
  await once(socket, 'end')
  t.strictSame(answers.statuses(), [302])
})

t.test('waiting for a turn does not count against the keep-alive timeout', async t => {
  const { gate, turnsCome } = await startSpent(t, 'timeouts: { keepAlive: 1s }\n')
  // The answer to a request without a token starts Node's timeout for the connection.
  const plain = `GET ${photo} HTTP/1.1\r\nhost: a\r\n\r\n`
  const { answers } = await openHeld(t, gate, token => `${plain}${headOf(token)}`)
  await waitUntil(() => answers.statuses().length === 1)
  // A connection that was answered later, and has nothing to wait for, is cut.
  const idle = await open(t, gate)
  idle.resume().write(plain)
  await once(idle, 'end')
  t.strictSame(answers.statuses(), [302])
  turnsCome()
  await waitUntil(() => answers.statuses().length === 2)
  t.strictSame(answers.statuses(), [302, 200])
})
