// The script that Redis runs does what the ledger in memory does, with a real Redis, and its memory has a bound. The
// script's clock is that of Redis; here it is an argument.
import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { Redis } from 'ioredis'
import t from 'tap'
import type { ForgettingLedger, LedgerEntry } from '../../src/guest/ledger.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import { buildAskRedis, forgetInRedis, keyPrefix } from '../../src/guest/redis-keys.ts'
import { forgetScript, redisClock, replies, script } from '../../src/guest/redis-script.ts'
import { entryOf, hourMs, startMs, testLedgerContract } from '../fixtures/ledger-contract.ts'
import { fc } from '../fixtures/property.ts'
import { startRedisServer } from '../fixtures/redis-server.ts'

const timed = script.replace(redisClock, 'local time = tonumber(ARGV[9])')

t.test('the ledger in Redis', async t => {
  t.not(timed, script)
  const server = await startRedisServer(t)
  if (server === undefined) return
  const redis = new Redis(server.port, '127.0.0.1')
  t.teardown(() => redis.disconnect())
  /** Keys of its own, so that it is empty. */
  const openLedger = (): ForgettingLedger => {
    const secret = randomBytes(32)
    const questionOf = buildAskRedis(secret)
    return {
      forget: async account => {
        const { keys } = forgetInRedis(secret, account)
        return (await redis.eval(forgetScript, 1, ...keys)) === 1 ? 'forgotten' : 'none'
      },
      count: async entry => {
        const { keys, values } = questionOf(entry)
        const reply = await redis.eval(timed, keys.length, ...keys, ...values, entry.nowMs)
        const has = (bit: number) => (Number(reply) & bit) !== 0
        return { isAlarm: has(replies.alarm), isOver: has(replies.over) }
      },
    }
  }

  testLedgerContract(t, { openLedger, numRuns: 60 })

  t.test('random requests, with numbers that change, get the answers of the memory', async t => {
    const size = fc.constantFrom(2, 4)
    const per = fc.constantFrom(hourMs / 2, hourMs)
    const budget = fc.record({ people: size, misses: fc.nat(2), perMs: per })
    const request = fc.record({
      rule: fc.constantFrom('a', 'b'),
      client: fc.constantFrom('192.0.2.1', '192.0.2.2'),
      pass: fc.constantFrom(undefined, 'p'),
      person: fc.constantFrom(...'abcdefgh'),
      isMissing: fc.boolean(),
      isCanary: fc.integer({ max: 20, min: 0 }).map(number => number === 0),
      budget: fc.option(budget, { nil: undefined }),
      alarm: fc.option(fc.record({ people: size, perMs: per }), { nil: undefined }),
      stepMs: fc.nat(hourMs / 6),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 60 }), async requests => {
        const memory = buildMemoryLedger()
        const shared = openLedger()
        let nowMs = startMs
        for (const { stepMs, ...asked } of requests) {
          nowMs += stepMs
          const entry: LedgerEntry = { ...asked, nowMs }
          if (entry.budget === undefined && entry.alarm === undefined) continue
          if (!isDeepStrictEqual(await shared.count(entry), memory.count(entry))) return false
        }
        return true
      }),
      { numRuns: 100 },
    )
    t.pass()
  })

  t.test(
    'a client takes a bounded amount of memory, and every key ends with its window',
    async t => {
      const ledger = openLedger()
      const bytes = () => Number(/used_memory:(\d+)/.exec(server.run('INFO', 'memory'))?.[1])
      server.run('FLUSHALL')
      const before = bytes()
      const clients = 200
      const budget = { people: 40, misses: 40, perMs: hourMs }
      const alarm = { people: 10, perMs: 2 * hourMs }
      for (let client = 0; client < clients; client++) {
        for (let person = 0; person < 60; person++) {
          const entry = { client: `${client}`, person: `${person}`, budget, alarm }
          await ledger.count(entryOf({ ...entry, nowMs: Date.now() }))
        }
      }
      const each = (bytes() - before) / clients
      t.comment(`${Math.round(each)} bytes a client that has asked for 40 people`)
      t.ok(each < 2_500, `${each}`)
      const keys = await redis.keysBuffer('*')
      t.equal(keys.length, clients + 1)
      t.ok(keys.every(key => key.toString('latin1').startsWith(keyPrefix)))
      const ends = await Promise.all(keys.map(key => redis.pttl(key)))
      t.ok(ends.every(end => end > 0 && end <= 2 * hourMs))
      const alarmed = await Promise.all(keys.map(key => redis.zcard(key)))
      t.ok(alarmed.every(members => members <= 42))
    },
  )
})
