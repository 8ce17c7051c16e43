// Turns in a flood: which requests get one, in which order, and which are turned away without one.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Connection, Exchange } from '../../src/gate/exchange.ts'
import type { TarpitLimits } from '../../src/gate/tarpit.ts'
import { buildTarpit } from '../../src/gate/tarpit.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const limits: TarpitLimits = {
  ...{ minMs: 20, paceMs: 1, maxMs: 60_000, maxWaiting: 10, maxThroughFront: 3 },
}

function buildExchange(
  payer: string,
  { isDirect = true, open = 1, front = '192.0.2.99' } = {},
): Exchange {
  const peer = parseNetworkAddress(isDirect ? payer : front)
  const connection = { peer, open, isHeld: false, isRefused: false } as Connection
  return { connection, payer, isDirect, startedMs: performance.now() } as Exchange
}

function openTarpit(more: Partial<TarpitLimits> = {}) {
  const { hold, isBusy } = buildTarpit({ ...limits, ...more })
  const came: string[] = []
  return {
    came,
    isBusy,
    hold: (name: string, exchange: Exchange, isGone = () => false) =>
      hold(exchange, { isGone, come: mayVerify => came.push(`${name} ${mayVerify}`) }),
  }
}

t.test('turns come in order, none before the shortest wait', async t => {
  const { hold, came, isBusy } = openTarpit()
  t.notOk(isBusy())
  const exchanges = ['a', 'b', 'c'].map(name => [name, buildExchange('192.0.2.1')] as const)
  for (const [name, exchange] of exchanges) t.equal(hold(name, exchange), true)
  t.ok(exchanges.every(([, { connection }]) => connection.isHeld))
  t.strictSame(came, [])
  t.ok(isBusy())
  await waitUntil(() => came.length === 3)
  t.notOk(isBusy())
  t.strictSame(came, ['a true', 'b true', 'c true'])
  t.ok(exchanges.every(([, { connection }]) => !connection.isHeld))
  hold('d', buildExchange('192.0.2.1'))
  await waitUntil(() => came.length === 4)
})

t.test('a client that has left takes no turn from waiting clients', async t => {
  const { hold, came } = openTarpit({ paceMs: 60_000 })
  for (let at = 0; at < 9; at++) hold(`gone ${at}`, buildExchange('192.0.2.1'), () => true)
  await waitUntil(() => came.length === 9)
  t.ok(came.every(text => text.endsWith('false')))
})

t.test('a client that has left when its turn comes gives it to the next', async t => {
  const { hold, came } = openTarpit()
  hold('gone', buildExchange('192.0.2.1'), () => true)
  hold('next', buildExchange('192.0.2.1'))
  await waitUntil(() => came.length === 2)
  t.strictSame(came, ['gone false', 'next true'])
})

t.test('a request whose turn does not come in time is turned away unverified', async t => {
  const { hold, came } = openTarpit({ paceMs: 60_000, maxMs: 50 })
  for (const name of ['a', 'b']) hold(name, buildExchange('192.0.2.1'))
  await waitUntil(() => came.length === 2)
  t.strictSame(came, ['a false', 'b false'])
})

t.test(
  'a bounded number of requests of one client waits, and clients do not wait for each other',
  async t => {
    const { hold, came } = openTarpit()
    for (let at = 0; at < 10; at++) t.equal(hold(`${at}`, buildExchange('192.0.2.1')), true)
    t.equal(hold('eleventh', buildExchange('192.0.2.1')), false)
    t.equal(hold('other', buildExchange('192.0.2.2')), true)
    await waitUntil(() => came.length === 11)
  },
)

t.test(
  'a bounded number of requests waits through one front, and none behind another answer',
  async t => {
    const { hold, came } = openTarpit()
    const through = (open = 1) => buildExchange('192.0.2.1', { isDirect: false, open })
    t.equal(hold('behind', through(2)), false)
    for (const name of ['a', 'b', 'c']) t.equal(hold(name, through()), true)
    t.equal(hold('fourth', through()), false)
    t.equal(hold('direct', buildExchange('192.0.2.1')), true)
    await waitUntil(() => came.length === 4)
    t.equal(hold('again', through()), true)
    await waitUntil(() => came.length === 5)
    await delay(30)
    t.equal(came.length, 5)
  },
)

t.test('connections without an address count as one front', async t => {
  const { hold, came } = openTarpit()
  const unknown = () => buildExchange('many unknown', { isDirect: false, front: '' })
  for (const name of ['a', 'b', 'c']) t.equal(hold(name, unknown()), true)
  t.equal(hold('fourth', unknown()), false)
  await waitUntil(() => came.length === 3)
})

t.test(
  'the turn of a request through a front does not end the wait of another one on its connection',
  async t => {
    const { hold, came } = openTarpit()
    const direct = buildExchange('192.0.2.1')
    const { connection } = direct
    hold('named', { ...buildExchange('192.0.2.7', { isDirect: false }), connection })
    await delay(10)
    hold('own', { ...direct, startedMs: performance.now() + 50 })
    await waitUntil(() => came.length === 1)
    t.strictSame(came, ['named true'])
    t.ok(connection.isHeld)
    await waitUntil(() => came.length === 2)
    t.notOk(connection.isHeld)
  },
)
