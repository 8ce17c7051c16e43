// Where a real Redis can be: behind TLS with an authority of its own, behind an ACL that allows the least, on a Unix
// socket, and among Sentinels that make another one the master. And two gates that count together.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import t from 'tap'
import type { GuestLedger } from '../../src/server/guest-ledger.ts'
import { openGuestLedger } from '../../src/server/guest-ledger.ts'
import { makeCertificates } from '../fixtures/certificates.ts'
import { startServing } from '../fixtures/cli.ts'
import type { ConfigHome } from '../fixtures/config.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { startGuests } from '../fixtures/guests.ts'
import { jpegOf } from '../fixtures/images.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { entryOf } from '../fixtures/ledger-contract.ts'
import { findFreePort, findProgram, makeDirectory, startProgram } from '../fixtures/process.ts'
import { startRedisServer } from '../fixtures/redis-server.ts'
import { root } from '../fixtures/root.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

function openHome(t: Test): ConfigHome {
  const home = openConfigHome(t)
  writeSecret(join(home.directory, 'ledger.secret'), randomBytes(32).toString('base64'))
  writeSecret(join(home.directory, 'redis.pw'), 'geheim')
  return home
}

interface OpenLedger {
  readonly ledger: GuestLedger
  readonly log: string[]
  /** Whether the client sees the person; the budget is 3. */
  sees(person: string): Promise<boolean>
}

/** A gate's ledger with nothing in its memory, as the configuration says. */
async function openLedger(t: Test, home: ConfigHome, text: string): Promise<OpenLedger> {
  const log: string[] = []
  const logger = pino({}, { write: (line: string) => void log.push(line) })
  const ledger = openGuestLedger(logger)
  t.teardown(() => ledger.close())
  const { ledger: settings } = home.settings(
    `ledger: { secretFile: ledger.secret, whenDown: refuse, ${text} }\n`,
  )
  await ledger.configure(settings)
  return {
    ledger,
    log,
    sees: async person => !(await ledger.count(entryOf({ person, nowMs: Date.now() }))).isOver,
  }
}

/** Three people are seen through one gate and the other, and not a fourth. */
async function countsTogether(t: Test, home: ConfigHome, text: string): Promise<void> {
  const [one, other] = [await openLedger(t, home, text), await openLedger(t, home, text)]
  t.match(one.log.join(), /budgets are counted in Redis/)
  const seen = [await one.sees('a'), await other.sees('b'), await one.sees('c')]
  t.strictSame(seen, [true, true, true], one.log.join())
  t.notOk(await other.sees('d'))
  t.ok(await other.sees('a'))
}

t.test('TLS with an authority of its own', async t => {
  const certificates = makeCertificates(t)
  if (certificates === undefined) return
  const { certificateFile, keyFile, caFile } = certificates
  const port = await findFreePort()
  const tls = ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no']
  const files = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile]
  const args = [...tls, ...files, '--tls-ca-cert-file', caFile]
  if ((await startRedisServer(t, { port, args })) === undefined) return
  const home = openHome(t)
  await countsTogether(t, home, `redis: "rediss://localhost:${port}", caFile: ${caFile}`)
  const rows: [string, string, RegExp][] = [
    ['the authority is not known', `redis: "rediss://localhost:${port}"`, /set caFile/],
    ['plain text is spoken', `redis: "redis://localhost:${port}"`, /write rediss:\/\//],
  ]
  for (const [what, text, advice] of rows) {
    t.test(what, async t => {
      const { sees, log } = await openLedger(t, home, text)
      t.notOk(await sees('a'))
      t.match(log.join(), advice)
    })
  }
})

t.test('a user with the rights that the guide names, and no others', async t => {
  const redis = await startRedisServer(t)
  if (redis === undefined) return
  const guide = readFileSync(join(root, 'deploy/docs/guests.md'), 'utf8')
  const [, rights = ''] = /ACL SETUSER photogate (.*)/.exec(guide) ?? []
  const setRights = (text: string) =>
    redis.run('ACL', 'SETUSER', 'photogate', ...text.replace('PASSWORD', 'geheim').split(' '))
  setRights(rights)
  const home = openHome(t)
  const text = `redis: "redis://photogate@127.0.0.1:${redis.port}/3", passwordFile: redis.pw`
  await countsTogether(t, home, text)
  t.equal(redis.run('-n', '3', 'DBSIZE'), '2', 'two keys: the client, and the probe for a second')
  for (const right of rights.match(/\+\w+/g) ?? []) {
    t.test(`without ${right}`, async t => {
      setRights(right.replace('+', '-'))
      const { log } = await openLedger(t, home, text)
      t.match(log.join(), /lacks a right/)
      setRights(right)
    })
  }
})

t.test('a Unix socket', async t => {
  const path = join(makeDirectory(t), 'redis.sock')
  const args = ['--unixsocket', path, '--requirepass', 'geheim']
  if ((await startRedisServer(t, { args })) === undefined) return
  await countsTogether(t, openHome(t), `redis: "unix://${path}", passwordFile: redis.pw`)
})

t.test('Sentinels make another one the master', async t => {
  const program = findProgram(t, 'redis-sentinel')
  const master = await startRedisServer(t)
  if (program === undefined || master === undefined) return
  const replica = await startRedisServer(t, {
    args: ['--replicaof', '127.0.0.1', `${master.port}`, '--repl-diskless-sync-delay', '0'],
  })
  if (replica === undefined) return
  const port = await findFreePort()
  const file = join(makeDirectory(t), 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor photos 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds photos 500',
    'sentinel failover-timeout photos 3000',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  await startProgram(t, [program, file], { port })
  await waitUntil(() => replica.run('INFO', 'replication').includes('master_link_status:up'))
  const sentinel = (...words: string[]) => master.run('-p', `${port}`, ...words)
  await waitUntil(() => /slaves=1/.test(sentinel('INFO', 'sentinel')))

  const home = openHome(t)
  const dead = await findFreePort()
  const text = `redis: { sentinels: ["127.0.0.1:${dead}", "127.0.0.1:${port}"], master: photos }`
  const before = await openLedger(t, home, text)
  t.ok((await before.sees('a')) && (await before.sees('b')), before.log.join())
  await waitUntil(() => replica.run('DBSIZE') !== '0')
  await master.kill()
  await waitUntil(() => before.log.join().includes('cannot be asked'))
  t.ok(await before.sees('a'), 'whom this gate has shown stays visible')
  t.notOk(await before.sees('c'))
  await waitUntil(() => before.log.join().includes('is back'), 30_000)
  t.ok(await before.sees('c'), 'asking in vain has cost nothing')
  const after = await openLedger(t, home, text)
  t.ok(await after.sees('a'))
  t.notOk(await after.sees('d'), 'the new master knows what was seen')
})

t.test('two gates on one Redis: who reads a list of 10,000 names gets 40 faces in all', async t => {
  const redis = await startRedisServer(t)
  if (redis === undefined) return
  const home = openHome(t)
  const photos = 1_000
  for (let at = 0; at < photos; at++)
    writeFileSync(join(home.directory, 'photos', `n${at}@acme.example.jpg`), jpegOf(`${at}`))
  const limits = 'budget: { people: 40 }, alarm: { people: 500 }'
  writeFileSync(
    home.file,
    `proxies: 127.0.0.1
ledger: { redis: "redis://127.0.0.1:${redis.port}", secretFile: ledger.secret, whenDown: refuse }
allow: [{ name: guests, from: 10.0.0.0/8, ${limits} }]
`,
  )
  const serve = () => startServing(t, ['--config', home.file])
  const gates = await Promise.all([serve(), serve()])
  let asked = 0
  const running = gates.map(({ port }) =>
    startGuests({
      port,
      clients: ['10.1.2.3'],
      perSecond: 4_000,
      pathOf: () => `/n${asked++ % 10_000}@acme.example.jpg`,
    }),
  )
  await waitUntil(() => asked >= 10_000, 60_000)
  for (const guests of running) await guests.stop()
  const faces = new Set(running.flatMap(({ seen }) => [...(seen.get('10.1.2.3') ?? [])]))
  t.ok(faces.size <= 40, `${faces.size} faces`)
  t.ok(faces.size >= 30)
  await delay(300)
  const lines = gates.flatMap(gate => gate.lines())
  const isUp = !lines.some(({ msg }) => /cannot be asked/.test(`${msg}`))
  const alarms = lines.filter(({ msg }) => /its alarm allows/.test(`${msg}`))
  // A gate that bridges has its own alarm.
  t.ok(alarms.length >= 1 && (alarms.length === 1 || !isUp), `${alarms.length} alarms`)
})
