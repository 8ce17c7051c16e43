// 100 clients send forged tokens. New good tokens from the same address still get their photo.
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { config, expiresMs, forge, issuer, photo, stopClocks, time } from '../fixtures/flood.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// How 100 clients send forged tokens: each waits for its answer and sends the next, each opens a new connection
// for the next, or each hangs up as soon as it has sent one.
const attacks = {
  'on kept connections': async (gate: GateFixture, headers: Headers, isOver: () => boolean) => {
    const agent = new Agent({ keepAlive: true })
    while (!isOver()) await askForged(gate, headers, agent)
    agent.destroy()
  },
  'on a new connection each': async (
    gate: GateFixture,
    headers: Headers,
    isOver: () => boolean,
  ) => {
    while (!isOver()) await askForged(gate, headers)
  },
  'and hang up at once': async (gate: GateFixture, headers: Headers, isOver: () => boolean) => {
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    while (!isOver()) {
      const socket = connect({ host: '127.0.0.1', port: gate.port, localAddress: shared })
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.end(headOf(more.join('')))
      await delay(2)
      socket.destroy()
    }
  },
}
type Headers = Record<string, string>
const shared = '127.0.0.5'
const none: Headers = {}

async function askForged(gate: GateFixture, headers: Headers, agent?: Agent): Promise<void> {
  const cookie = `LtpaToken2=${forge()}`
  const rest = agent === undefined ? {} : { agent }
  await gate.ask(photo, { headers: { ...headers, cookie }, from: shared, ...rest }).catch(() => {})
}

const forwarded = { 'x-forwarded-for': '192.0.2.7' }
const places: Record<string, { proxies: string; headers: Headers }> = {
  'behind one address': { proxies: '', headers: none },
  'behind one address and a front': { proxies: `proxies: [${shared}]\n`, headers: forwarded },
  'behind a front that is not among the proxies': { proxies: '', headers: forwarded },
}

for (const [place, { proxies, headers }] of Object.entries(places)) {
  for (const [how, attack] of Object.entries(attacks)) {
    if (headers !== none && how !== 'on a new connection each') continue
    t.test(`forged tokens ${how} do not lock out new good ones ${place}`, async t => {
      const { turnsCome } = stopClocks(t, 4)
      const gate = await startGate(t, { config: `${proxies}${config}` })
      turnsCome()
      let isOver = false
      const flood = Array.from({ length: 100 }, () => attack(gate, headers, () => isOver))
      await waitUntil(() => gate.requests().length > 250, 60_000)
      const answers = await Promise.all(
        Array.from({ length: 40 }, async (_, at) => {
          const fresh = issuer.issueV2({ expiresMs, user: `uid=${at},o=acme` })
          await delay(at * 10)
          return time(gate, { cookie: `LtpaToken2=${fresh}`, from: shared, headers })
        }),
      )
      isOver = true
      await Promise.all(flood)
      const admitted = answers.filter(({ status }) => status === 200).length
      t.ok(admitted >= 38, `${admitted} of 40`)
      const slowest = Math.max(...answers.map(({ ms }) => ms))
      t.comment(`the slowest took ${Math.round(slowest)} ms of the gate's clock`)
    })
  }
}

const headOf = (more: string) =>
  `GET ${photo} HTTP/1.1\r\nhost: a\r\n${more}cookie: LtpaToken2=${forge()}\r\n\r\n`
