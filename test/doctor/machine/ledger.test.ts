// The ledger in Redis: each planted fault is found, and a good one has no findings.

import type { Test } from 'tap'
import t from 'tap'
import type { LedgerSettings } from '../../../src/config/settings.ts'
import { checkLedger } from '../../../src/doctor/machine/ledger.ts'
import { findFreePort } from '../../fixtures/process.ts'
import { startRedisStandIn } from '../../fixtures/redis-stand-in.ts'

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
const goodInfo = {
  ...{ maxmemory: '1000000', maxmemory_policy: 'noeviction', used_memory: '1000' },
  ...{ aof_enabled: '1', rdb_last_bgsave_status: 'ok', aof_last_write_status: 'ok' },
}

interface Plan {
  readonly info?: Readonly<Record<string, string>>
  readonly clockAheadMs?: number
  /** Replies to a command by its name. */
  readonly says?: Readonly<Record<string, string>>
  readonly more?: Partial<LedgerSettings['target']>
  readonly whenDown?: 'local' | 'refuse'
  /** How long an answer takes by the clock that doctor reads. */
  readonly answerMs?: number
}

async function look(
  t: Test,
  { info = {}, clockAheadMs = 0, says = {}, more, whenDown = 'local', answerMs = 1 }: Plan,
) {
  const server = await startRedisStandIn(t)
  server.replyOf = ([name = '']) => {
    const said = says[name]
    if (said !== undefined) return said
    const lines = Object.entries({ ...goodInfo, ...info }).map(
      ([key, value]) => `${key}:${value}\r\n`,
    )
    if (name === 'INFO') return bulk(lines.join(''))
    const seconds = Math.floor((Date.now() + clockAheadMs) / 1000)
    return name === 'TIME' ? `*2\r\n${bulk(`${seconds}`)}${bulk('0')}` : undefined
  }
  const target = {
    ...{ server: { host: '127.0.0.1', port: server.port }, user: undefined },
    ...{ password: 'geheim', db: 0, tls: undefined },
    ...more,
  }
  const settings: LedgerSettings = { target, secret: Buffer.alloc(32), whenDown }
  let ms = 0
  return checkLedger(settings, new AbortController().signal, () => (ms += answerMs))
}

t.test('a good ledger is fine, with its latency', async t => {
  const clean = await look(t, {})
  t.strictSame(clean.findings, [])
  t.strictSame(clean.unknown, [])
  t.match(clean.fine, [/^The ledger in Redis at 127\.0\.0\.1:\d+ answers in \d+\.\d ms\.$/])
  const lossy = await look(t, { info: { aof_enabled: '0' } })
  t.match(lossy, { findings: [], fine: [/a restart of Redis renews budgets/] })
})

const rows: readonly (readonly [
  name: string,
  plan: Plan,
  code: string,
  effect: string,
  seen: RegExp,
])[] = [
  [
    'another memory policy',
    { info: { maxmemory_policy: 'allkeys-lru' } },
    'ledger-policy',
    'weakens',
    /maxmemory-policy allkeys-lru/,
  ],
  [
    'the same without a limit',
    { info: { maxmemory_policy: 'volatile-ttl', maxmemory: '0' } },
    'ledger-policy',
    'weakens',
    /volatile-ttl/,
  ],
  [
    'a nearly full one',
    { info: { used_memory: '950000' } },
    'ledger-full',
    'will-break',
    /95 % of its maxmemory/,
  ],
  [
    'a disk that fails',
    { info: { rdb_last_bgsave_status: 'err' } },
    'ledger-disk',
    'breaks',
    /rdb_last_bgsave_status/,
  ],
  [
    'a clock ahead',
    { clockAheadMs: 90_000 },
    'ledger-clock',
    'weakens',
    /(?:89|90) s ahead of the clock here/,
  ],
  [
    'a clock behind',
    { clockAheadMs: -3_600_000 },
    'ledger-clock',
    'weakens',
    /3,60[01] s behind the clock here/,
  ],
  [
    'a wrong password',
    { says: { AUTH: '-WRONGPASS invalid username-password pair\r\n' } },
    'ledger-down',
    'breaks',
    /cannot be asked: WRONGPASS/,
  ],
  [
    'a replica',
    { says: { EVAL: '-READONLY You cannot write\r\n' } },
    'ledger-down',
    'breaks',
    /READONLY/,
  ],
]

for (const [name, plan, code, effect, seen] of rows) {
  t.test(`found: ${name}`, async t => {
    const { findings } = await look(t, plan)
    t.match(findings, [{ code, effect, seen }])
    t.notMatch(JSON.stringify(findings), 'geheim')
  })
}

t.test('a Redis that is not there says what happens meanwhile', async t => {
  const more = { server: { host: '127.0.0.1', port: await findFreePort() } }
  const local = await look(t, { more })
  t.match(local.findings, [
    {
      code: 'ledger-down',
      why: /a guest has one at each gate/,
      cure: [/^Nothing listens there; start Redis\.$/],
    },
  ])
  const refuse = await look(t, { more, whenDown: 'refuse' })
  t.match(refuse.findings, [{ why: /only people whom they saw/ }])
  const socket = await look(t, { more: { server: { path: '/nowhere/redis.sock' } } })
  t.match(socket.findings, [{ seen: /Redis at \/nowhere\/redis\.sock/ }])
})

t.test('no password is told of another machine, and not of this one', async t => {
  t.strictSame((await look(t, { more: { password: undefined } })).findings, [])
  const { port } = await startRedisStandIn(t)
  const other = { server: { host: '::ffff:127.0.0.1', port }, password: undefined }
  t.match((await look(t, { more: other })).findings, [{ code: 'ledger-open', effect: 'weakens' }])
})

t.test('a user that may not ask for the memory policy gets to know what is missing', async t => {
  const { findings, unknown } = await look(t, { says: { INFO: '-NOPERM no permissions\r\n' } })
  t.strictSame(findings, [])
  t.match(unknown, [/tells this user neither its memory policy .* \+info/])
})

t.test('a Redis that takes long is found, before and after the gates go on without it', async t => {
  for (const [milliseconds, effect] of [
    [35, 'weakens'],
    [80, 'breaks'],
  ] as const) {
    const { findings } = await look(t, { answerMs: milliseconds })
    const seen = new RegExp(`takes ${milliseconds} ms for an answer`)
    t.match(findings, [{ code: 'ledger-slow', effect, seen }])
  }
  t.strictSame((await look(t, { answerMs: 15 })).findings, [])
})
