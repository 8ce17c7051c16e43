// What Redis tells of itself, and what it does not tell to a user without the right.
import t from 'tap'
import { probeRedis } from '../../src/guest/redis-probe.ts'
import { findFreePort } from '../fixtures/process.ts'
import { silence, startRedisStandIn } from '../fixtures/redis-stand-in.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const plain = { user: undefined, password: undefined, db: 0, tls: undefined }
const targetOf = (port: number) => ({ server: { host: '127.0.0.1', port }, ...plain })
const never = () => new AbortController().signal
const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`

t.test('memory, disk and clock are read', async t => {
  const server = await startRedisStandIn(t)
  server.replyOf = ([name]) => {
    if (name === 'INFO') return bulk('# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n')
    return name === 'TIME' ? `*2\r\n${bulk('1795658400')}${bulk('500000')}` : undefined
  }
  const { info, clock } = await probeRedis(targetOf(server.port), never())
  t.equal(info?.get('maxmemory_policy'), 'noeviction')
  t.equal(info?.get('maxmemory'), '0')
  t.equal(clock?.redisMs, 1_795_658_400_500)
  t.ok(Math.abs((clock?.hereMs ?? 0) - Date.now()) < 60_000)
  await waitUntil(() => server.open === 0)
})

t.test('what the user may not ask, or what is no answer, is not known', async t => {
  const server = await startRedisStandIn(t)
  const replies = ['-NOPERM no permissions\r\n', ':7\r\n', '*1\r\n$1\r\nx\r\n']
  for (const reply of replies) {
    server.replyOf = ([name]) => (name === 'AUTH' ? undefined : reply)
    const target = { ...targetOf(server.port), password: 'geheim' }
    t.strictSame(await probeRedis(target, never()), { info: undefined, clock: undefined }, reply)
  }
})

t.test('a Redis that is not there, or that is not waited for any more, rejects', async t => {
  await t.rejects(probeRedis(targetOf(await findFreePort()), never()))
  const server = await startRedisStandIn(t)
  server.replyOf = ([name]) => (name === 'AUTH' ? silence : undefined)
  const abort = new AbortController()
  const probing = probeRedis({ ...targetOf(server.port), password: 'geheim' }, abort.signal)
  await waitUntil(() => server.asked.length > 0)
  abort.abort()
  await t.rejects(probing)
  await waitUntil(() => server.open === 0)
})
