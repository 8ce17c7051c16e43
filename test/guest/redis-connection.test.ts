// One connection to Redis, held against a server that says what Redis says when something is wrong.
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { ConnectionHolder, RedisTarget } from '../../src/guest/redis-connection.ts'
import { connectToRedis } from '../../src/guest/redis-connection.ts'
import { scriptHash } from '../../src/guest/redis-script.ts'
import { findFreePort, makeDirectory } from '../fixtures/process.ts'
import type { RedisStandIn } from '../fixtures/redis-stand-in.ts'
import { silence, startRedisStandIn } from '../fixtures/redis-stand-in.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const question = { keys: [Buffer.from('photogate:x')], values: [Buffer.from('y'), '1'] }
const plain = { user: undefined, password: undefined, db: 0, tls: undefined }

function holder(more: Partial<ConnectionHolder> = {}): ConnectionHolder {
  return { onLost: () => {}, signal: new AbortController().signal, ...more }
}

function targetOf({ port }: { port: number }, more: Partial<RedisTarget> = {}): RedisTarget {
  return { server: { host: '127.0.0.1', port }, ...plain, ...more }
}

t.test('a target that does not run the script is refused, with what it says', async t => {
  const says = (error: string) => (server: RedisStandIn, name: string) => {
    server.replyOf = ([word]) => (word === name ? `-${error}\r\n` : undefined)
  }
  const rows: [string, string, ReturnType<typeof says>][] = [
    ['a wrong password', 'AUTH', says('WRONGPASS invalid username-password pair')],
    ['no such database', 'SELECT', says('ERR DB index is out of range')],
    ['a replica', 'EVAL', says("READONLY You can't write against a read only replica.")],
    ['a full server', 'EVAL', says("OOM command not allowed when used memory > 'maxmemory'.")],
    ['a server that loads', 'EVAL', says('LOADING Redis is loading the dataset in memory')],
    ['a user without the right', 'EVAL', says('NOPERM this user has no permissions')],
  ]
  for (const [what, name, say] of rows) {
    t.test(what, async t => {
      const server = await startRedisStandIn(t)
      say(server, name)
      const target = targetOf(server, { user: 'photogate', password: 'geheim', db: 3 })
      const expected = server.replyOf?.([name])?.slice(1, -2) ?? ''
      await t.rejects(connectToRedis(target, holder()), { message: expected })
      await waitUntil(() => server.open === 0)
    })
  }
  t.test('a port where nothing listens', async t => {
    const target = targetOf({ port: await findFreePort() })
    await t.rejects(connectToRedis(target, holder()), { code: 'ECONNREFUSED' })
  })
  t.test('a frozen server, after the time limit', async t => {
    const server = await startRedisStandIn(t)
    server.replyOf = () => silence
    const target = targetOf(server)
    await t.rejects(connectToRedis(target, holder({ limitMs: 30 })), {
      message: 'no answer within 30 ms',
    })
    await waitUntil(() => server.open === 0)
  })
  t.test('an attempt that nobody waits for any more ends at once', async t => {
    const server = await startRedisStandIn(t)
    server.replyOf = () => silence
    const giving = new AbortController()
    const attempt = connectToRedis(targetOf(server), holder({ signal: giving.signal }))
    await waitUntil(() => server.asked.length > 0)
    giving.abort()
    await t.rejects(attempt, { message: 'given up' })
    await waitUntil(() => server.open === 0)
    t.equal(server.asked.length, 1)
    const late = connectToRedis(targetOf(server), holder({ signal: giving.signal }))
    await t.rejects(late, { name: 'AbortError' })
    t.equal(server.asked.length, 1)
  })
  t.test('a server without TLS where TLS is asked for', async t => {
    const server = createServer(socket => socket.on('error', () => {}).end('-ERR no TLS\r\n'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const { port } = server.address() as { port: number }
    for (const ca of [undefined, 'no certificate'])
      await t.rejects(connectToRedis(targetOf({ port }, { tls: { ca } }), holder()))
  })
})

t.test('a connection signs in, chooses its database and tries the script', async t => {
  const server = await startRedisStandIn(t)
  const target = targetOf(server, { user: 'photogate', password: 'geheim', db: 3 })
  const connection = await connectToRedis(target, holder())
  t.strictSame(server.asked, [
    'AUTH photogate geheim',
    'SELECT 3',
    'EVAL 1 photogate:probe',
    `EVALSHA ${scriptHash} 1 photogate:probe probe 0 0 1 1 1000  `,
  ])
  server.replyOf = () => ':5\r\n'
  t.equal(await connection.ask(question), 5)
  t.equal(server.asked.at(-1), `EVALSHA ${scriptHash} 1 photogate:x y 1`)
  connection.close()
  await waitUntil(() => server.open === 0)
})

t.test(
  'a password without a user is sent alone, and neither is sent without a password',
  async t => {
    const server = await startRedisStandIn(t)
    const first = await connectToRedis(targetOf(server, { password: 'geheim' }), holder())
    t.equal(server.asked.shift(), 'AUTH geheim')
    const second = await connectToRedis(targetOf(server), holder())
    t.notMatch(server.asked.join(), /AUTH|SELECT/)
    for (const { close } of [first, second]) close()
  },
)

t.test(
  'a server that has lost the script gets it again, and its other errors are passed on',
  async t => {
    const server = await startRedisStandIn(t)
    const connection = await connectToRedis(targetOf(server), holder())
    server.replyOf = ([name]) =>
      name === 'EVALSHA' ? '-NOSCRIPT No matching script.\r\n' : ':2\r\n'
    t.equal(await connection.ask(question), 2)
    t.equal(server.asked.at(-1), 'EVAL 1 photogate:x y 1')
    server.replyOf = () => '-BUSY Redis is busy running a script.\r\n'
    await t.rejects(connection.ask(question), { message: /^BUSY/ })
    t.match(server.asked.at(-1), /^EVALSHA/, 'it is not asked twice')
    connection.close()
  },
)

t.test(
  'a server that is not Redis admits nobody: every reply but those of the script is an error',
  async t => {
    const replies: [string, string][] = [
      ['OK', '+OK\r\n'],
      ['nothing', '$-1\r\n'],
      ['no array', '*-1\r\n'],
      ['a text that looks like one', '$1\r\n0\r\n'],
      ['an array', '*1\r\n:0\r\n'],
      ['an array with an error', '*1\r\n-ERR x\r\n'],
      ['a sum that it cannot be', ':8\r\n'],
      ['a negative number', ':-1\r\n'],
      ['a number beyond all', ':4294967296\r\n'],
    ]
    for (const [what, reply] of replies) {
      t.test(what, async t => {
        const server = await startRedisStandIn(t)
        const connection = await connectToRedis(targetOf(server), holder())
        server.replyOf = () => reply
        const message = 'a reply that is not the script’s'
        await t.rejects(connection.ask(question), { message })
        server.replyOf = ([name]) => (name === 'EVALSHA' ? '-NOSCRIPT x\r\n' : reply)
        await t.rejects(connection.ask(question), { message })
        connection.close()
        server.replyOf = () => reply
        await t.rejects(connectToRedis(targetOf(server), holder()), { message })
        await waitUntil(() => server.open === 0)
      })
    }
  },
)

t.test(
  'a client is forgotten by a script of its own, whose reply must be a number too',
  async t => {
    const server = await startRedisStandIn(t)
    const connection = await connectToRedis(targetOf(server), holder())
    const forget = { script: 'forget', keys: [Buffer.from('photogate:x')], values: [] } as const
    server.replyOf = ([name]) => (name === 'EVAL' ? ':1\r\n' : undefined)
    t.equal(await connection.ask(forget), 1)
    t.match(server.asked.at(-1), /^EVAL .* 1 photogate:x$/s)
    server.replyOf = ([name]) => (name === 'EVAL' ? '+OK\r\n' : undefined)
    await t.rejects(connection.ask(forget), { message: /not the script/ })
    connection.close()
  },
)

t.test('a server that repeats the password in its error does not get it into the log', async t => {
  const server = await startRedisStandIn(t)
  const target = targetOf(server, { user: 'photogate', password: 'geheim' })
  // As Redis does where AUTH is renamed.
  server.replyOf = ([name, ...args]) =>
    `-ERR unknown command '${name}', with args beginning with: '${args.join("' '")}' \r\n`
  await t.rejects(connectToRedis(target, holder()), { message: "ERR unknown command 'AUTH'" })
  server.replyOf = words => `-ERR 500 what is ${words.join(' ')}?\r\n`
  await t.rejects(connectToRedis(target, holder()), {
    message: 'ERR 500 what is AUTH photogate …?',
  })
  // One reply too many.
  server.replyOf = words => `+OK\r\n-ERR ${words.join(' ')}\r\n`
  const error: Error = await connectToRedis(target, holder()).then(
    () => t.fail('is no Redis'),
    reason => reason,
  )
  t.notMatch(error.message, /geheim/)
})

t.test('questions that come together leave together', async t => {
  const server = await startRedisStandIn(t)
  const connection = await connectToRedis(targetOf(server), holder())
  const before = server.packets
  const asked = Array.from({ length: 20 }, () => connection.ask(question))
  t.strictSame(await Promise.all(asked), Array(20).fill(0))
  t.equal(server.packets, before + 1)
  connection.close()
})

t.test('a lost connection is told once, and its questions reject', async t => {
  const server = await startRedisStandIn(t)
  const lost: Error[] = []
  const connection = await connectToRedis(
    targetOf(server),
    holder({ onLost: error => lost.push(error) }),
  )
  server.replyOf = () => silence
  const asked = connection.ask(question)
  await waitUntil(() => server.asked.length > 1)
  server.cut()
  await t.rejects(asked)
  await waitUntil(() => lost.length > 0)
  t.equal(lost.length, 1)
  t.ok(lost[0] instanceof Error)
  await t.rejects(connection.ask(question), 'no question waits for another connection')
})

t.test(
  'a question between the end of the stream and its notice says that the connection is closed',
  async t => {
    const server = await startRedisStandIn(t)
    const connection = await connectToRedis(targetOf(server), holder())
    connection.close()
    await t.rejects(connection.ask(question), { message: 'the connection was closed' })
  },
)

t.test('the Sentinels are asked for the master, one after the other', async t => {
  const server = await startRedisStandIn(t)
  const sentinel = await startRedisStandIn(t)
  const { port } = server
  sentinel.replyOf = ([name]) =>
    name?.toLowerCase() === 'sentinel'
      ? `*2\r\n$9\r\n127.0.0.1\r\n$${`${port}`.length}\r\n${port}\r\n`
      : undefined
  const sentinels = [
    { host: '127.0.0.1', port: await findFreePort() },
    { host: '127.0.0.1', port: sentinel.port },
  ]
  const target = { server: { sentinels, master: 'photos' }, ...plain }
  const connection = await connectToRedis(target, holder())
  t.match(sentinel.asked.join('\n'), /sentinel get-master-addr-by-name photos/i)
  t.equal(await connection.ask(question), 0)
  connection.close()
  t.test('with TLS, to them and to it', async t => {
    await t.rejects(connectToRedis({ ...target, tls: { ca: undefined } }, holder()), {
      message: /^All sentinels are unreachable/,
    })
  })
  t.test('none of them knows it', async t => {
    sentinel.replyOf = ([name]) => (name?.toLowerCase() === 'sentinel' ? '*-1\r\n' : undefined)
    await t.rejects(connectToRedis(target, holder()), { message: /^All sentinels are unreachable/ })
  })
})

t.test('a Unix socket', async t => {
  const path = join(makeDirectory(t), 'redis.sock')
  const server = createServer(socket =>
    socket.on('error', () => {}).on('data', () => socket.write(':0\r\n')),
  )
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => server.close())
  const connection = await connectToRedis({ server: { path }, ...plain }, holder())
  t.equal(await connection.ask(question), 0)
  connection.close()
})
