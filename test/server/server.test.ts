import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import type { ListenAddress } from '../../src/config/listen/settings.ts'
import type { Settings } from '../../src/config/settings.ts'
import { startServer } from '../../src/server/server.ts'
import { ask } from '../fixtures/client.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const silent = { write: () => {} }
const log = { logger: pino({ enabled: false }), access: silent }

t.test('an address that is missing or in use stops the start, and leaves nothing open', async t => {
  const home = openConfigHome(t)
  const settings = home.settings('')
  const holder = createServer()
  await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
  t.teardown(() => holder.close())
  const { port } = holder.address() as AddressInfo
  const free = createServer()
  await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
  const { port: freePort } = free.address() as AddressInfo
  await new Promise(resolve => free.close(resolve))
  const rows: [string, ListenAddress, string][] = [
    [
      'a port that is in use',
      { host: '127.0.0.1', port },
      'another program listens there; stop it, or choose another port',
    ],
    [
      'an address of another machine',
      { host: '192.0.2.1', port: 0 },
      'this machine does not have this address',
    ],
    [
      'a name that cannot exist',
      { host: 'x'.repeat(300), port: 0 },
      `getaddrinfo EINVAL ${'x'.repeat(300)}`,
    ],
  ]
  for (const [what, listen, advice] of rows) {
    t.test(what, async t => {
      const both: Settings = {
        ...settings,
        listen: [{ host: '127.0.0.1', port: freePort }, listen],
      }
      await t.rejects(startServer(both, log), {
        name: 'GateError',
        code: 'GATE_LISTEN',
        exitCode: 70,
        message: `cannot listen on ${listen.host} port ${listen.port}: ${advice}`,
      })
      await t.rejects(ask(freePort, '/-/healthz'), { code: 'ECONNREFUSED' })
    })
  }
})

t.test('the server listens on every configured address', async t => {
  const home = openConfigHome(t)
  const listen = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.1', port: 0 },
  ]
  const server = await startServer({ ...home.settings(''), listen }, log)
  t.teardown(() => server.close())
  t.equal(server.urls.length, 2)
  for (const url of server.urls) {
    t.equal((await ask(Number(new URL(url).port), '/-/healthz')).status, 200)
  }
})

t.test('new settings apply from the next request on', async t => {
  const office = 'allow: [{ name: office, from: [127.0.0.2] }]'
  const gate = await startGate(t, { config: office })
  const status = async () => (await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.2' })).status
  const has = (text: RegExp) => gate.lines().some(({ msg }) => text.test(String(msg)))
  t.equal(await status(), 200)

  t.test('other rules', async t => {
    await gate.server.apply(gate.load('allow: [{ name: other, from: [127.0.0.3] }]'))
    t.equal(await status(), 302)
    await gate.server.apply(gate.load(office))
    t.equal(await status(), 200)
    t.notOk(has(/needs a restart/))
  })

  t.test('another address to listen on needs a restart, and the log says so', async t => {
    await gate.server.apply({ ...gate.load(office), listen: [{ host: '127.0.0.9', port: 0 }] })
    t.ok(has(/^listen has changed; only this change needs a restart$/))
    t.equal(await status(), 200)
  })

  t.test('other timeouts, without a restart', async t => {
    const headers = { connection: 'keep-alive' }
    const kept = async () =>
      (await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.2', headers })).headers[
        'keep-alive'
      ]
    t.equal(await kept(), 'timeout=75')
    await gate.server.apply(gate.load(`${office}\ntimeouts: { keepAlive: 65m }`))
    t.equal(await kept(), 'timeout=3900')
    await gate.server.apply(gate.load(office))
    t.equal(await kept(), 'timeout=75')
  })

  t.test('another photo directory is indexed before it is used', async t => {
    const directory = join(gate.directory, '..', 'others')
    mkdirSync(directory)
    const path = join(directory, 'joe@acme.example.jpg')
    writeFileSync(path, jpegOf('another joe'))
    // A file that is seconds old may still be written to, and is not served yet.
    utimesSync(path, 1_000_000_000, 1_000_000_000)
    const next = gate.load(office)
    await gate.server.apply({ ...next, photos: { ...next.photos, directory } })
    const answer = await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.2' })
    t.strictSame(answer.body, jpegOf('another joe'))
  })

  t.test('another size of the cache', async t => {
    await gate.server.apply(gate.load(`${office}\nphotos: { cache: 0B }`))
    const answer = await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.2' })
    t.strictSame(answer.body, jpegOf('joe'))
  })
})

t.test('a proxy that names no client is logged once a minute', async t => {
  const config = 'proxies: [127.0.0.9, 127.0.0.8]\nallow: [{ name: office, from: [127.0.0.0/8] }]'
  const gate = await startGate(t, { config })
  const doubts = () =>
    gate.lines().filter(({ reason, level }) => level === 40 && reason !== undefined)
  for (const from of ['127.0.0.9', '127.0.0.9', '127.0.0.8']) {
    t.equal((await gate.ask('/joe@acme.example.jpg', { from })).status, 302)
  }
  t.match(doubts(), [
    {
      reason: 'client-header-missing',
      peer: '127.0.0.9',
      header: 'x-forwarded-for',
      total: 1,
      msg: 'the proxy named no client: no from condition can match',
    },
  ])
  const headers = { 'x-forwarded-for': 'unknown' }
  await gate.ask('/joe@acme.example.jpg', { from: '127.0.0.9', headers })
  t.match(
    doubts().map(({ reason }) => reason),
    ['client-header-missing', 'client-header-unparsable'],
  )
})

t.test('a peer whose header is ignored gets one hint, and at most ten peers do', async t => {
  const gate = await startGate(t, { config: 'allow: [{ name: office, from: [10.0.0.0/8] }]' })
  const headers = { 'x-forwarded-for': '10.0.0.1' }
  const hints = () => gate.lines().filter(({ msg }) => /is not in proxies/.test(String(msg)))
  t.equal((await gate.ask('/joe@acme.example.jpg', { headers })).status, 302)
  await gate.ask('/joe@acme.example.jpg', { headers })
  t.strictSame(
    hints().map(({ msg }) => msg),
    [
      '127.0.0.1 sends x-forwarded-for but is not in proxies, so the header is ignored; if it is your front, add it: proxies: [127.0.0.1]',
    ],
  )
  for (let last = 2; last < 16; last++) {
    await gate.ask('/joe@acme.example.jpg', { from: `127.0.0.${last}`, headers })
  }
  await waitUntil(() => gate.requests().length === 16)
  t.equal(hints().length, 10)
})
