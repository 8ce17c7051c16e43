// One client sends more forged tokens than are verified at once: its answers, and what other clients notice.
import { once } from 'node:events'
import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import {
  config,
  expiresMs,
  forge,
  good,
  issuer,
  photo,
  signInPage,
  time,
} from '../fixtures/flood.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// Four in a request: the budget is spent faster than it refills.
const cookieOfForged = () => Array.from({ length: 4 }, () => `LtpaToken2=${forge()}`).join('; ')

/** `count` requests with four forged tokens each: 200 tokens are verified at once, and 200 more a second. */
function minHeld(requests: number, tookMs: number): number {
  return Math.floor(requests - (200 * (1 + tookMs / 1000)) / 4 - 1)
}

function isRefused(token: unknown, reason: string): boolean {
  return (token as { refused?: string } | undefined)?.refused === reason
}

const countTooMany = (gate: GateFixture) =>
  gate.requests().filter(({ token }) => isRefused(token, 'too-many')).length

t.test('a client that floods waits, and no other client does', async t => {
  const gate = await startGate(t, { config })
  const signedIn = { cookie: `LtpaToken2=${good}`, from: '127.0.0.5' }
  t.match(await time(gate, signedIn), { status: 200 })
  const startedMs = performance.now()
  const floods = Array.from({ length: 300 }, () =>
    time(gate, { cookie: cookieOfForged(), from: '127.0.0.5' }),
  )
  const fresh = issuer.issueV2({ expiresMs, user: 'uid=ann,o=acme' })
  const ann = await time(gate, { cookie: `LtpaToken2=${fresh}`, from: '127.0.0.6' })
  t.match(ann, { status: 200 })
  t.match(
    await time(gate, signedIn),
    { status: 200 },
    'a token that was verified before still counts',
  )
  const answers = await Promise.all(floods)
  const tookMs = performance.now() - startedMs
  t.ok(answers.every(({ status, location }) => status === 302 && location === signInPage))
  await waitUntil(() => gate.requests().length === 303)
  const held = answers.filter(({ ms }) => ms >= 250).length
  const least = minHeld(300, tookMs)
  t.ok(held >= least, `${held} waited, of ${least}`)
  // One by one, 2.5 ms apart.
  t.ok(tookMs > (least - 50) * 2, `${least} took ${tookMs} ms`)
})

t.test('floods through a front wait as well', async t => {
  const gate = await startGate(t, { config: `proxies: [127.0.0.9]\n${config}` })
  const asking = { from: '127.0.0.9', headers: { 'x-forwarded-for': '192.0.2.7' } }
  const startedMs = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => time(gate, { ...asking, cookie: cookieOfForged() })),
  )
  t.ok(answers.every(({ status, location }) => status === 302 && location === signInPage))
  await waitUntil(() => gate.requests().length === 300)
  const held = gate.requests().filter(({ milliseconds }) => Number(milliseconds) >= 249).length
  const least = minHeld(300, performance.now() - startedMs)
  t.ok(held >= least, `${held} waited, of ${least}`)
})

t.test('an untrusted peer that names clients has a budget as well', async t => {
  const gate = await startGate(t, { config })
  const socket = await open(t, gate, '127.0.0.5')
  const count = countAnswers(socket)
  // While the clock stands still, the budget of 2,000 tokens does not refill.
  const stoppedMs = Date.now()
  t.intercept(Date, 'now', { value: () => stoppedMs })
  const sent = 540
  socket.write(
    Array.from({ length: sent }, () => headOf('x-forwarded-for: 192.0.2.7\r\n')).join(''),
  )
  await waitUntil(() => count() === sent, 60_000)
  const lines = gate.requests()
  const held = lines.filter(({ milliseconds }) => Number(milliseconds) >= 249).length
  const tooMany = countTooMany(gate)
  t.ok(tooMany > 0, 'the budget is spent')
  t.ok(
    sent - tooMany - held <= 2_000 / 4,
    `${sent - tooMany} were verified, ${held} of them in their turn`,
  )
})

t.test(
  'a client that pipelines has one request verified at a time, and all in the end',
  async t => {
    const gate = await startGate(t, { config })
    const sockets = await Promise.all([1, 2, 3, 4].map(() => open(t, gate, '127.0.0.5')))
    const answers = sockets.map(countAnswers)
    const startedMs = performance.now()
    for (const socket of sockets)
      socket.write(Array.from({ length: 30 }, () => headOf('')).join(''))
    const signedIn = { cookie: `LtpaToken2=${good}`, from: '127.0.0.6' }
    t.match(await time(gate, signedIn), { status: 200 })
    await waitUntil(() => answers.every(count => count() === 30), 60_000)
    const tookMs = performance.now() - startedMs
    const least = minHeld(120, tookMs)
    t.ok(tookMs > (least / 4) * 250, `${least} took ${tookMs} ms`)
    await waitUntil(() => gate.requests().length === 121)
    t.ok(sockets.every(({ closed, readableEnded }) => !closed && !readableEnded))
  },
)

t.test(
  'an answer from the tarpit leaves its connection open, unless the tokens were not verified',
  async t => {
    const gate = await startGate(t, { config })
    const agent = new Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    // More requests than can have their turn in time.
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        gate.ask(photo, { headers: { cookie: cookieOfForged() }, from: '127.0.0.5', agent }),
      ),
    )
    const closing = answers.filter(({ headers }) => headers.connection === 'close')
    await waitUntil(() => gate.requests().length === 1_000)
    t.ok(closing.length > 0, `${closing.length} were not verified`)
    // In some of them, one or two of the four tokens were verified.
    const tooMany = countTooMany(gate)
    t.ok(tooMany > 0 && tooMany <= closing.length, `${tooMany} of ${closing.length}`)
    const held = gate.requests().filter(({ milliseconds }) => Number(milliseconds) >= 249).length
    t.ok(held > 30, `${held} were held back`)
    t.ok(answers.every(({ status, headers }) => status === 302 && headers.location === signInPage))
  },
)

async function open(t: Test, gate: GateFixture, from: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: gate.port, localAddress: from })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const headOf = (more: string) =>
  `GET ${photo} HTTP/1.1\r\nhost: a\r\n${more}cookie: ${cookieOfForged()}\r\n\r\n`

function countAnswers(socket: Socket): () => number {
  let count = 0
  let rest = ''
  socket.on('error', () => {})
  socket.on('data', chunk => {
    const parts = (rest + chunk.toString('latin1')).split('HTTP/1.1 302')
    count += parts.length - 1
    rest = (parts.at(-1) ?? '').slice(-11)
  })
  return () => count
}
