// The socket of a running gate: who can reach it, what it is opened beside, and what a client can do to it.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import t from 'tap'
import { askGate, connectTo } from '../../../src/server/control/ask-gate.ts'
import type { ControlOutcome } from '../../../src/server/control/control-message.ts'
import {
  controlKeysOf,
  findOwnFolder,
  findPlaces,
} from '../../../src/server/control/control-places.ts'
import type { ControlOptions } from '../../../src/server/control/control-socket.ts'
import { openControl } from '../../../src/server/control/control-socket.ts'
import { makeDirectory } from '../../fixtures/process.ts'
import { waitUntil } from '../../fixtures/wait-until.ts'

const uid = process.getuid?.() ?? 0
const [key = ''] = controlKeysOf('/etc/photogate/photogate.yaml')
const applied: ControlOutcome = { outcome: 'applied', rules: ['office'], warnings: [] }

async function open(t: Test, more: Partial<ControlOptions> = {}) {
  const temporary = makeDirectory(t)
  const facts = { env: {}, uid, temporary }
  const lines: Record<string, unknown>[] = []
  const logger = pino(
    { base: null },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  )
  const verbs = { reload: async () => applied, stop: async () => ({ outcome: 'stopped' }) as const }
  const control = await openControl({ key, verbs, facts, logger, ...more })
  t.teardown(() => control.close())
  const place = () => findPlaces(more.facts ?? facts, [key])[0]?.path ?? ''
  return { temporary, facts, lines, control, place }
}

/** What comes back for these bytes, until the gate ends the connection. */
function send(path: string, bytes: string | Buffer): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(path)
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    if (bytes.length > 0) socket.write(bytes)
  })
}

const request = '{"photogate":1,"verb":"reload"}\n'

t.test(
  'what is no request is refused in words, or cut off, and the next client is answered',
  async t => {
    const { place } = await open(t, { requestMs: 300 })
    const misunderstood =
      /^\{"photogate":1,"outcome":"misunderstood","message":"this gate speaks version 1 .* reload and stop"\}\n$/
    const rows: readonly (readonly [title: string, bytes: string | Buffer, answer: RegExp])[] = [
      ['rubbish', 'GET / HTTP/1.1\r\n\r\n', misunderstood],
      ['bytes', Buffer.from([0, 255, 10]), misunderstood],
      ['an empty line', '\n', misunderstood],
      ['another version', '{"photogate":2,"verb":"reload"}\n', misunderstood],
      ['another verb', '{"photogate":1,"verb":"promote"}\n', misunderstood],
      ['a verb of every object', '{"photogate":1,"verb":"constructor"}\n', misunderstood],
      ['no object', '[1]\n', misunderstood],
      ['deep JSON', `${'['.repeat(900)}\n`, misunderstood],
      [
        '10 MB without an end',
        Buffer.alloc(10_000_000, 'x'),
        /^(?:\{"photogate":1,"outcome":"misunderstood".*)?\n?$/,
      ],
      ['nothing', '', /^$/],
      ['half a request', request.slice(0, 12), /^$/],
    ]
    for (const [title, bytes, answer] of rows) {
      await t.test(title, async t => {
        t.match(await send(place(), bytes), answer)
        t.match(await send(place(), request), /"heard":\d+\}\n\{"photogate":1,"outcome":"applied"/)
      })
    }
  },
)

t.test('more than a few clients at once are turned away', async t => {
  const { place } = await open(t, { requestMs: 60_000 })
  const sockets = Array.from({ length: 12 }, () => connect(place()))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  let closed = 0
  for (const socket of sockets) socket.on('error', () => {}).on('close', () => closed++)
  await waitUntil(() => closed === 4)
})

t.test('a client that leaves before the answer harms nothing', async t => {
  let finish = (_: ControlOutcome) => {}
  const work = new Promise<ControlOutcome>(resolve => {
    finish = resolve
  })
  const { place } = await open(t, { verbs: { reload: () => work, stop: async () => applied } })
  const socket = connect(place())
  socket.write(request)
  await new Promise(resolve => socket.once('data', resolve))
  socket.destroy()
  finish(applied)
  t.match(await send(place(), request), /"outcome":"applied"/)
})

t.test('a verb that fails is answered', async t => {
  const verbs = { reload: () => Promise.reject(new Error('broken')), stop: async () => applied }
  const { place } = await open(t, { verbs })
  t.match(await send(place(), request), /"outcome":"failed","message":"Error: broken"/)
})

t.test('only this user can reach the socket, and it goes with the gate', async t => {
  const { place, control } = await open(t)
  const path = place()
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(statSync(dirname(path)).mode & 0o777, 0o700)
  await control.close()
  t.notOk(existsSync(path))
})

t.test('the folder of systemd comes first', async t => {
  const folder = makeDirectory(t)
  chmodSync(folder, 0o755)
  const facts = { env: { RUNTIME_DIRECTORY: `${folder}:/other` }, uid, temporary: makeDirectory(t) }
  const { lines } = await open(t, { facts })
  t.match(readdirSync(folder), [new RegExp(`^${key}-${process.pid}\\.sock$`)])
  t.strictSame(lines, [])
})

t.test(
  'a folder that others can write to, or that is another one, is not used, and the log says so',
  async t => {
    const rows: readonly (readonly [title: string, make: (folder: string) => void])[] = [
      ['that others can write to', folder => mkdirSync(folder, { mode: 0o777 })],
      ['that others can enter', folder => mkdirSync(folder, { mode: 0o755 })],
      ['that is a link', folder => symlinkSync(makeDirectory(t), folder)],
      ['that is a file', folder => writeFileSync(folder, '')],
      ...(uid === 0
        ? [
            [
              'of another user',
              (folder: string) => {
                mkdirSync(folder, { mode: 0o700 })
                chownSync(folder, 65_534, 65_534)
              },
            ] as const,
          ]
        : []),
    ]
    for (const [title, make] of rows) {
      await t.test(title, async t => {
        const temporary = makeDirectory(t)
        const folder = join(temporary, `photogate-${uid}`)
        make(folder)
        chmodWhole(folder, title)
        const facts = { env: {}, uid, temporary }
        const found = findOwnFolder(facts)
        // /tmp is the second choice.
        t.not('folder' in found && found.folder, folder)
        t.strictSame(
          findPlaces(facts, [key]).filter(({ path }) => path.startsWith(temporary)),
          [],
        )
      })
    }
  },
)

// The umask takes bits away.
function chmodWhole(folder: string, title: string): void {
  if (title === 'that others can write to') chmodSync(folder, 0o777)
}

t.test('a folder that is too long for a socket is passed over', async t => {
  const temporary = join(makeDirectory(t), 'x'.repeat(80))
  mkdirSync(temporary)
  const { lines } = await open(t, { facts: { env: {}, uid, temporary } })
  t.strictSame(readdirSync(temporary), [])
  t.strictSame(lines, [])
})

t.test(
  'what a killed gate has left is removed, and the socket of a gate that runs stays',
  async t => {
    const temporary = makeDirectory(t)
    const folder = join(temporary, `photogate-${uid}`)
    mkdirSync(folder, { mode: 0o700 })
    const at = (name: string) => join(folder, name)
    const gone = spawnSync('true').pid
    const stale = [`${key}-${gone}.sock`, `${'0'.repeat(16)}-${gone}.sock`]
    // Its process is there, and does not listen yet.
    const starting = `${key}-1.sock`
    const [live, foreign] = [`${key}-2.sock`, 'other.sock']
    for (const name of [...stale, starting, live, foreign]) {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(at(name), resolve))
      t.teardown(() => server.close())
      // As a kill leaves it: a file on which nobody listens.
      if (name === starting || stale.includes(name)) leaveBehind(server, at(name))
    }
    await open(t, { facts: { env: {}, uid, temporary } })
    t.strictSame(
      readdirSync(folder).sort(),
      [starting, live, foreign, `${key}-${process.pid}.sock`].sort(),
    )
    const places = findPlaces({ env: {}, uid, temporary }, [key])
    t.strictSame(places.map(({ pid }) => pid).sort(), [1, 2, process.pid].sort())
  },
)

/** Closes the server, and keeps its file. */
function leaveBehind(server: ReturnType<typeof createServer>, path: string): void {
  const kept = `${path}.kept`
  renameSync(path, kept)
  server.close()
  renameSync(kept, path)
}

t.test('asked twice at once, each gets an answer', async t => {
  const { facts } = await open(t)
  const times = { heardMs: 5_000, outcomeMs: 5_000 }
  const answers = ['reload', 'stop', 'reload'].map(async verb => {
    const [place] = findPlaces(facts, [key])
    const gate = place && (await connectTo(place))
    if (gate === undefined || gate === 'forbidden') throw new Error('no gate')
    return (await askGate(gate, verb as 'reload' | 'stop', times)).answer.outcome
  })
  t.strictSame(await Promise.all(answers), ['applied', 'stopped', 'applied'])
})
