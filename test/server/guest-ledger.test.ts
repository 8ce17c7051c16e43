// The ledger of a running gate: where it counts follows the configuration, and its memory outlives every change. Redis is
// played by a server that says what a test tells it to; test/system has the real one.
import { pino } from 'pino'
import t from 'tap'
import type { LedgerSettings } from '../../src/config/settings.ts'
import { openGuestLedger } from '../../src/server/guest-ledger.ts'
import { entryOf } from '../fixtures/ledger-contract.ts'
import { findFreePort } from '../fixtures/process.ts'
import { silence, startRedisStandIn } from '../fixtures/redis-stand-in.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const silent = pino({ enabled: false })

function settingsOf(port: number, password?: string): LedgerSettings {
  const server = { host: '127.0.0.1', port }
  const target = { server, password, user: undefined, db: 0, tls: undefined }
  return { target, secret: Buffer.alloc(32, 1), whenDown: 'local' }
}

function open() {
  const ledger = openGuestLedger(silent)
  return {
    ledger,
    sees: async (person: string) => !(await ledger.count(entryOf({ person }))).isOver,
  }
}

t.test('without a configuration it counts in memory, and answers at once', async t => {
  const { ledger, sees } = open()
  await ledger.configure(undefined)
  t.notOk(ledger.count(entryOf({ person: 'a' })) instanceof Promise)
  t.ok((await sees('b')) && (await sees('c')))
  t.notOk(await sees('d'))
  t.strictSame(ledger.facts, { kind: 'memory', isUp: true, outages: 0, bridged: 0 })
  ledger.close()
})

t.test('another password connects anew; the same configuration does not', async t => {
  const server = await startRedisStandIn(t)
  const { ledger, sees } = open()
  t.teardown(() => ledger.close())
  await ledger.configure(settingsOf(server.port, 'one'))
  t.ok((await sees('a')) && (await sees('b')) && (await sees('c')))
  await ledger.configure(settingsOf(server.port, 'one'))
  t.equal(server.asked.filter(line => line.startsWith('AUTH')).length, 1)
  await ledger.configure(settingsOf(server.port, 'two'))
  t.ok(server.asked.includes('AUTH two'))
  await waitUntil(() => server.open === 1)
  t.notOk(await sees('d'), 'what the client saw is remembered')
  await ledger.configure(undefined)
  await waitUntil(() => server.open === 0)
  t.ok(await sees('a'))
  t.notOk(await sees('d'))
})

t.test('the one before serves until the next has answered', async t => {
  const first = await startRedisStandIn(t)
  const second = await startRedisStandIn(t)
  const { ledger, sees } = open()
  t.teardown(() => ledger.close())
  await ledger.configure(settingsOf(first.port))
  first.replyOf = () => ':1\r\n'
  second.replyOf = () => silence
  const change = ledger.configure(settingsOf(second.port))
  await waitUntil(() => second.asked.length > 0)
  t.notOk(await sees('a'), 'the first says that it is over')
  t.match(ledger.facts, { kind: 'redis', bridged: 0 })
  await change
  t.ok(await sees('a'), 'the second is silent, so the memory counts')
  t.match(ledger.facts, { kind: 'redis', isUp: false, bridged: 1 })
  await waitUntil(() => first.open === 0)
})

t.test('closing ends the connection, also one that is being made', async t => {
  const server = await startRedisStandIn(t)
  const { ledger } = open()
  await ledger.configure(settingsOf(server.port))
  ledger.close()
  await waitUntil(() => server.open === 0)
  server.replyOf = () => silence
  const { ledger: other } = open()
  const opening = other.configure(settingsOf(server.port))
  await waitUntil(() => server.open === 1)
  other.close()
  await waitUntil(() => server.open === 0)
  await opening
})

t.test('a Redis that is down holds nobody up', async t => {
  const { ledger, sees } = open()
  await ledger.configure(settingsOf(await findFreePort()))
  t.ok(await sees('a'))
  ledger.close()
})
