// Unix sockets: their rights, and whom the gate believes over them.
import { spawn } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import t from 'tap'
import { startServer } from '../../src/server/server.ts'
import { buildAccessLog } from '../fixtures/access-lines.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

async function start(t: Test, { more = 'proxies: [unix]', mode = '0660' } = {}) {
  const home = openConfigHome(t)
  const path = join(home.directory, 'gate.sock')
  const text = `listen: [{ socket: ${path}, mode: "${mode}" }]\n${more}\nallow: [{ name: a, from: 192.0.2.0/24 }]`
  const lines: Record<string, unknown>[] = []
  const sink = { write: (line: string) => lines.push(JSON.parse(line)) }
  const open = () =>
    startServer(home.settings(text), {
      logger: pino({ base: null }, sink),
      access: buildAccessLog(sink),
    })
  return { path, lines, open }
}

function ask(socketPath: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/joe@acme.example.jpg', headers }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    asking.on('error', reject)
    asking.end()
  })
}

t.test('a front on a socket names the client, and is turned away without', async t => {
  const { path, lines, open } = await start(t)
  const server = await open()
  t.teardown(() => server.close())
  t.strictSame(server.urls, [`unix:${path}`])
  t.equal(await ask(path, { 'x-forwarded-for': '192.0.2.7' }), 404, 'admitted')
  t.equal(await ask(path, { 'x-forwarded-for': '198.51.100.7' }), 302)
  t.equal(await ask(path), 302)
  t.equal(
    await ask(path, { 'x-forwarded-for': '192.0.2.7', connection: 'close, x-forwarded-for' }),
    302,
  )
  await waitUntil(() => lines.filter(({ msg }) => msg === 'request').length === 4)
  t.match(
    lines.filter(({ msg }) => msg === 'request'),
    [
      { client: '192.0.2.7', peer: 'unix', rule: 'a' },
      { client: '198.51.100.7', peer: 'unix', reason: 'no-rule' },
      { client: null, peer: 'unix', reason: 'client-header-missing' },
      { client: null, peer: 'unix', reason: 'client-header-missing' },
    ],
  )
})

t.test('without unix in proxies nobody has an address, and the log says what to write', async t => {
  const { path, lines, open } = await start(t, { more: '' })
  const server = await open()
  t.teardown(() => server.close())
  t.equal(await ask(path, { 'x-forwarded-for': '192.0.2.7' }), 302)
  await waitUntil(() => lines.some(({ reason }) => reason === 'peer-unknown'))
  t.ok(lines.some(({ msg }) => String(msg).includes('needs unix in proxies')))
})

for (const mode of ['0660', '0600', '0666', '0777']) {
  t.test(`a socket of mode ${mode} has just these rights`, async t => {
    const { path, open } = await start(t, { mode })
    const before = process.umask()
    const server = await open()
    t.equal(process.umask(), before, 'the umask is as before')
    t.equal(statSync(path).mode & 0o777, Number.parseInt(mode, 8))
    await server.close()
    t.notOk(existsSync(path), 'it goes with the server')
  })
}

t.test('the socket that a killed gate has left is replaced', async t => {
  const { path, open } = await start(t)
  const listen = `require('net').createServer().listen(process.argv[1], () => process.send('up'))`
  const child = spawn(process.execPath, ['-e', listen, path], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  await new Promise(resolve => child.once('message', resolve))
  await t.rejects(open(), { code: 'GATE_LISTEN', message: /another program listens there/ })
  t.ok(existsSync(path), 'it is left alone while somebody listens')
  child.kill('SIGKILL')
  await new Promise(resolve => child.once('exit', resolve))
  t.ok(existsSync(path))
  const server = await open()
  t.equal(await ask(path, { 'x-forwarded-for': '192.0.2.7' }), 404)
  await server.close()
})

t.test('a file in the place of the socket is left alone', async t => {
  const { path, open } = await start(t)
  writeFileSync(path, 'mine')
  await t.rejects(open(), { code: 'GATE_LISTEN', message: /is there and is not a socket/ })
  t.equal(statSync(path).size, 4)
})

t.test('a folder that is not there is said', async t => {
  const home = openConfigHome(t)
  const text = `listen: [{ socket: ${home.directory}/no/gate.sock }]\nproxies: [unix]\nallow: [{ name: a, from: 192.0.2.0/24 }]`
  const opening = startServer(home.settings(text), {
    logger: pino({ enabled: false }),
    access: { write: () => {} },
  })
  await t.rejects(opening, { code: 'GATE_LISTEN', message: /its folder is not there; create it/ })
})

t.test('a TCP client that has left is not taken for a front on a socket', async t => {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise(resolve => probe.close(resolve))
  const home = openConfigHome(t)
  const text = `listen: [{ host: 127.0.0.1, port: ${port} }, { socket: ${home.directory}/g.sock }]\nproxies: [unix]\nallow: [{ name: a, from: 192.0.2.0/24 }]`
  const lines: string[] = []
  const sink = { write: (line: string) => lines.push(line) }
  const server = await startServer(home.settings(text), {
    logger: pino({ base: null }, sink),
    access: buildAccessLog(sink),
  })
  t.teardown(() => server.close())
  for (let count = 0; count < 50; count++) {
    const asking = request({
      port,
      host: '127.0.0.1',
      path: '/joe@acme.example.jpg',
      headers: { 'x-forwarded-for': '192.0.2.7' },
    })
    asking.on('error', () => {})
    asking.end(() => setImmediate(() => asking.destroy()))
    await new Promise(resolve => asking.on('close', resolve))
  }
  t.notOk(lines.some(line => line.includes('"rule":"a"')))
})
