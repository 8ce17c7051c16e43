// Asks Redis about itself, for doctor: its memory, its disk and its clock. The ledger's own script is not run here.
import type { Redis } from 'ioredis'
import type { RedisTarget } from './redis-connection.ts'
import { optionsOf, signIn } from './redis-connection.ts'

export interface RedisFacts {
  /** What INFO says, by key, such as `maxmemory_policy`. Undefined: this user may not ask. */
  readonly info: ReadonlyMap<string, string> | undefined
  /** Milliseconds since the epoch by the clock of Redis, and when it was asked by the clock here. Undefined as above. */
  readonly clock: { readonly redisMs: number; readonly hereMs: number } | undefined
}

/** `signal` ends the connection. Rejects when Redis cannot be reached. */
export async function probeRedis(target: RedisTarget, signal: AbortSignal): Promise<RedisFacts> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(optionsOf(target))
  const end = () => redis.disconnect()
  // The reason comes with the rejection.
  redis.on('error', () => {})
  signal.addEventListener('abort', end)
  try {
    await signIn(redis, target)
    return { info: await readInfo(redis), clock: await readClock(redis) }
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

async function readInfo(redis: Redis): Promise<RedisFacts['info']> {
  const reply = await redis.call('INFO').catch(() => undefined)
  if (typeof reply !== 'string') return undefined
  const pairs = reply.split('\r\n').map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1)] as const
  })
  return new Map(pairs)
}

async function readClock(redis: Redis): Promise<RedisFacts['clock']> {
  const askedMs = Date.now()
  const reply = await redis.call('TIME').catch(() => undefined)
  const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : []
  if (!(Number(seconds) > 0)) return undefined
  const redisMs = Number(seconds) * 1_000 + Number(micros) / 1_000
  // In the middle of asking and answer.
  return { redisMs, hereMs: (askedMs + Date.now()) / 2 }
}
