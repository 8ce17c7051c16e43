// What the log says of a Redis that goes and comes back, and that it says so seldom.
import { pino } from 'pino'
import t from 'tap'
import type { RedisTarget } from '../../src/guest/redis-connection.ts'
import { secretIdOf } from '../../src/guest/redis-keys.ts'
import { buildLedgerReports } from '../../src/server/ledger-reports.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const target: RedisTarget = {
  server: { host: '10.0.0.9', port: 6379 },
  ...{ user: 'photogate', password: 'geheim', db: 2, tls: undefined },
}

type Line = Record<string, unknown>

function open(whenDown: 'local' | 'refuse' = 'local', where = target, quietMs = 60_000) {
  const lines: Line[] = []
  const logger = pino(
    { base: null, timestamp: false },
    { write: (text: string) => void lines.push(JSON.parse(text) as Line) },
  )
  const clock = { ms: 0 }
  const reports = buildLedgerReports(
    logger,
    { target: where, whenDown, secret: Buffer.alloc(32, 1) },
    { now: () => clock.ms, quietMs },
  )
  return { lines, clock, reports }
}

const refused = new Error('connect ECONNREFUSED 10.0.0.9:6379')

t.test('an outage has two lines: what to do, and what was bridged', async t => {
  const { lines, reports, clock } = open()
  reports.onUp({ bridged: 3, downMs: 20 })
  reports.onDown(refused)
  clock.ms = 5_432
  reports.onUp({ bridged: 10_864, downMs: 5_432 })
  const redis = 'redis://10.0.0.9:6379/2'
  t.strictSame(lines, [
    {
      level: 30,
      redis,
      secretId: secretIdOf(Buffer.alloc(32, 1)),
      msg: 'budgets are counted in Redis',
    },
    {
      ...{ level: 50, redis, reason: refused.message },
      msg: 'the ledger in Redis cannot be asked: nothing listens there; start Redis; this gate counts budgets for itself until it answers',
    },
    {
      ...{ level: 30, redis, outages: 1, bridged: 10_864, downSeconds: 5.4 },
      msg: 'the ledger in Redis is back',
    },
  ])
  t.notMatch(JSON.stringify(lines), /geheim/)
})

t.test('with refuse, the line says what guests see', async t => {
  const { lines, reports } = open('refuse')
  reports.onDown(new Error('WRONGPASS invalid username-password pair'))
  t.match(lines, [{ msg: /compare passwordFile.*; guests see only people whom they saw/ }])
})

t.test('a Redis that comes and goes has one pair a minute, with counts', async t => {
  const { lines, reports, clock } = open('local', target, 100)
  const flap = () => {
    reports.onDown(refused)
    reports.onUp({ bridged: 2, downMs: 1_000 })
  }
  for (let round = 0; round < 50; round++) flap()
  t.equal(lines.length, 2)
  await waitUntil(() => lines.length > 2)
  t.match(lines[2], {
    ...{ level: 40, outages: 49, bridged: 98, downSeconds: 49 },
    msg: /could not be asked for a while, and is back/,
  })
  clock.ms = 150
  flap()
  t.match(lines.slice(3), [{ level: 50 }, { level: 30, outages: 1, bridged: 2 }])
})

t.test('an outage that begins in the quiet minute and goes on has its line after it', async t => {
  const { lines, reports } = open('local', target, 50)
  reports.onDown(refused)
  reports.onUp({ bridged: 0, downMs: 1 })
  reports.onDown(new Error('OOM command not allowed'))
  t.equal(lines.length, 2)
  await waitUntil(() => lines.length > 2)
  t.match(lines[2], { level: 50, reason: /^OOM/ })
  reports.onUp({ bridged: 7, downMs: 1 })
  t.match(lines[3], { outages: 1, bridged: 7 })
  reports.close()
})

t.test('a place is named without its password', async t => {
  const nodes = [
    { host: '10.0.0.7', port: 26379 },
    { host: '2001:db8::1', port: 26380 },
  ]
  const rows: [RedisTarget['server'], RedisTarget['tls'], string][] = [
    [{ path: '/run/redis.sock' }, undefined, 'unix:///run/redis.sock'],
    [{ host: '::1', port: 1 }, { ca: undefined }, 'rediss://[::1]:1/2'],
    [
      { sentinels: nodes, master: 'photos' },
      undefined,
      'redis://10.0.0.7:26379,[2001:db8::1]:26380/2 (photos)',
    ],
  ]
  for (const [server, tls, redis] of rows) {
    const { lines, reports } = open('local', { ...target, server, tls })
    reports.onUp({ bridged: 0, downMs: 0 })
    t.match(lines, [{ redis }])
  }
})
