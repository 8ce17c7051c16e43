// One connection to Redis that runs the ledger's script. It is made once, and never mends itself: guest/redis-circuit
// makes another one. Loads the client only when a configuration names Redis.
import type { Writable } from 'node:stream'
import type { Redis, RedisOptions } from 'ioredis'
import type { RedisQuestion } from './redis-keys.ts'
import { keyPrefix } from './redis-keys.ts'
import { forgetScript, maxReply, script, scriptHash, trial } from './redis-script.ts'

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

export interface RedisTarget {
  readonly server:
    | HostAndPort
    /** A Unix socket. */
    | { readonly path: string }
    | { readonly sentinels: readonly HostAndPort[]; readonly master: string }
  readonly user: string | undefined
  readonly password: string | undefined
  readonly db: number
  /** `ca`: the PEM text of a private CA, in place of the public ones. */
  readonly tls: { readonly ca: string | undefined } | undefined
}

export interface RedisConnection {
  /** The script's reply. Rejects with what Redis says, or when the connection is lost. */
  ask(question: RedisQuestion): Promise<number>
  /** Ends it at once: questions under way reject. */
  close(): void
}

export interface ConnectionHolder {
  /** Called at most once, after the connection was made; also after it was closed here. */
  onLost(error: Error): void
  /** Ends an attempt that nobody waits for any more. */
  readonly signal: AbortSignal
  /** Undefined: two seconds, and half a second more for each Sentinel. */
  readonly limitMs?: number
}

export type ConnectToRedis = (holder: ConnectionHolder) => Promise<RedisConnection>

const closed = 'the connection was closed'
const probe = Buffer.from(`${keyPrefix}probe`)

/** Counts nobody's budget, and leaves nothing behind. */
export const probeQuestion: RedisQuestion = {
  keys: [probe],
  values: ['probe', '0', '0', '1', '1', '1000', '', ''],
}

// Milliseconds. A server that is frozen takes connections, and says nothing.
const patience = { connect: 1_500, sentinel: 500, all: 2_000, close: 100 } as const

/** Rejects when the target does not let the script run within that time. */
export async function connectToRedis(
  target: RedisTarget,
  { onLost, signal, limitMs }: ConnectionHolder,
): Promise<RedisConnection> {
  const { Redis } = await import('ioredis')
  signal.throwIfAborted()
  const redis = new Redis(optionsOf(target))
  let told: Error | undefined
  redis.on('error', error => {
    told = error
  })
  const connection = {
    ask: (question: RedisQuestion) => run(redis, question),
    close: () => redis.disconnect(),
  }
  try {
    await withDeadline(open(redis, target), limitMs ?? limitMsOf(target), signal)
  } catch (error) {
    redis.disconnect()
    throw withoutPassword(told ?? (error as Error), target)
  }
  redis.once('end', () => onLost(withoutPassword(told ?? new Error(closed), target)))
  return connection
}

function limitMsOf({ server }: RedisTarget): number {
  return patience.all + ('sentinels' in server ? server.sentinels.length * patience.sentinel : 0)
}

/** Connects, and gives the password. Rejects with what Redis says. */
export async function signIn(redis: Redis, { user, password }: RedisTarget): Promise<void> {
  await redis.connect()
  // Not by the client's options: it would print to the console, and go on after an error.
  if (password !== undefined)
    await redis.call('AUTH', ...(user === undefined ? [password] : [user, password]))
}

async function open(redis: Redis, target: RedisTarget): Promise<void> {
  const { db } = target
  await signIn(redis, target)
  if (db !== 0) await redis.call('SELECT', db)
  await redis.call('EVAL', trial, 1, probe)
  // Redis keeps the script that it has run.
  await run(redis, probeQuestion)
}

// Redis repeats the words of a command that it does not know, as of an AUTH that is renamed; so do other servers.
function withoutPassword(error: Error, { password }: RedisTarget): Error {
  const told = error.message.replace(/, with args beginning with.*/s, '')
  error.message = password === undefined ? told : told.replaceAll(password, '…')
  return error
}

async function run(redis: Redis, { script: name, keys, values }: RedisQuestion): Promise<number> {
  sendTogether(redis.stream)
  const rest = [keys.length, ...keys, ...values]
  if (name === 'forget') return sumOf(await redis.call('EVAL', forgetScript, ...rest))
  try {
    return sumOf(await redis.call('EVALSHA', scriptHash, ...rest))
  } catch (error) {
    const { message } = error as Error
    // The stream has ended, and the client has not noticed yet.
    if (message.startsWith("Stream isn't writeable")) throw new Error(closed, { cause: error })
    if (!message.startsWith('NOSCRIPT')) throw error
    return sumOf(await redis.call('EVAL', script, ...rest))
  }
}

// A server that says OK to everything must not admit everybody.
function sumOf(reply: unknown): number {
  const isSum = typeof reply === 'number' && reply >= 0 && reply <= maxReply
  if (!isSum) throw new Error('a reply that is not the script’s')
  return reply
}

// Questions of requests that came together leave together: each write to the kernel costs as much as the rest of one.
function sendTogether(stream: Writable): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}

/** One connection that is never mended. */
export function optionsOf({ server, tls: trust }: RedisTarget) {
  const tls = trust && { tls: trust.ca === undefined ? {} : { ca: trust.ca } }
  return {
    ...('sentinels' in server
      ? {
          sentinels: [...server.sentinels],
          name: server.master,
          ...(tls === undefined ? {} : { sentinelTLS: tls.tls, enableTLSForSentinelMode: true }),
          sentinelCommandTimeout: patience.sentinel,
          sentinelRetryStrategy: () => null,
          updateSentinels: false,
        }
      : server),
    ...tls,
    lazyConnect: true,
    // RESP2, which every version of Redis and Valkey speaks.
    protocol: 2,
    connectTimeout: patience.connect,
    disconnectTimeout: patience.close,
    // No command waits for a connection, and none is sent twice.
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Nothing that an ACL would have to allow.
    enableReadyCheck: false,
    disableClientInfo: true,
  } satisfies RedisOptions
}

async function withDeadline(
  work: Promise<void>,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
    // The signal lives on: without the second one, each attempt would leave a listener.
    signal.addEventListener('abort', () => reject(new Error('given up')), { signal: over.signal })
  })
  try {
    await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}
