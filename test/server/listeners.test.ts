// A name with several addresses: the gate listens on each, with the same bounds.
import { once } from 'node:events'
import { connect, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { pino } from 'pino'
import type { Test } from 'tap'
import t from 'tap'
import { buildGate } from '../../src/gate/gate.ts'
import { buildGateState } from '../../src/gate/state.ts'
import { buildMemoryLedger } from '../../src/guest/memory-ledger.ts'
import { openPhotoLibrary } from '../../src/photo/photo-library.ts'
import type { Listeners } from '../../src/server/listeners.ts'
import { openListeners } from '../../src/server/listeners.ts'
import { buildAccessLog } from '../fixtures/access-lines.ts'
import { replaceBuiltin } from '../fixtures/builtin.ts'
import { openConfigHome } from '../fixtures/config.ts'

const hasV6 = Object.values(networkInterfaces())
  .flat()
  .some(each => each?.address === '::1')
const nobody = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'

const openDoor = () => {
  throw new Error('no TLS here')
}

/** Until the test ends, any name has these addresses. */
function nameAddresses(t: Test, ...addresses: string[]) {
  const lookup = async () => addresses.map(address => ({ address, family: isIP(address) }))
  replaceBuiltin(t, 'node:dns/promises', { lookup })
}

async function start(t: Test, timeouts: string) {
  const settings = openConfigHome(t).settings(timeouts)
  const texts: string[] = []
  const sink = { write: (line: string) => texts.push(line) }
  const { directory, cacheBytes } = settings.photos
  const quiet = { warn: () => {}, info: () => {} }
  const library = openPhotoLibrary({ directory, cacheBytes, ...quiet })
  const live = { current: buildGateState(settings, { library, ledger: buildMemoryLedger() }) }
  const reports = {
    onDoubt: () => {},
    onIgnoredHeader: () => {},
    onAlarm: () => {},
    onCanary: () => {},
    onFault: (error: unknown) => void t.fail(String(error)),
  }
  const listeners: Listeners = { gates: [], urls: [], doors: [] }
  t.teardown(async () => {
    await Promise.all(listeners.gates.map(gate => gate.close()))
    await library.close()
  })
  // As in the /etc/hosts of most machines.
  nameAddresses(t, '127.0.0.1', '::1')
  const listen = { host: 'localhost', port: 0 }
  const build = () => buildGate({ live, sink: buildAccessLog(sink), ...reports })
  await openListeners(listeners, listen, { build, openDoor, logger: pino({ enabled: false }) })
  return { urls: listeners.urls, requests: () => texts.map(text => JSON.parse(text)) }
}

t.test('the gate listens on all addresses of localhost, with the same bounds', async t => {
  const { urls: texts, requests } = await start(t, 'timeouts: { keepAlive: 1s }')
  const urls = texts.map(url => new URL(url))
  t.equal(urls.length, hasV6 ? 2 : 1)
  t.equal(new Set(urls.map(({ port }) => port)).size, 1)
  for (const { hostname, port } of urls) {
    t.test(hostname, async t => {
      const host = hostname.replace(/[[\]]/g, '')
      const open = async () => {
        const socket = connect({ host, port: Number(port) })
        socket.on('error', () => {})
        t.teardown(() => socket.destroy())
        await once(socket, 'connect')
        return socket
      }
      t.test('few requests of a connection are under way at a time', async t => {
        const before = requests().length
        const flooder = await open()
        flooder.pause()
        flooder.write(nobody.repeat(20_000))
        const victim = await open()
        victim.write(nobody)
        const [answer] = await once(victim, 'data')
        t.match(answer.toString('latin1'), /^HTTP\/1\.1 302/)
        const meanwhile = requests().length - before
        t.ok(meanwhile < 10_000, `${meanwhile} of 20,000 were taken before another's first`)
        flooder.destroy()
      })
      t.test('too many header fields are refused', async t => {
        const socket = await open()
        socket.write(nobody.replace('\r\n\r\n', `\r\n${'a:\r\n'.repeat(300)}\r\n`))
        const [answer] = await once(socket, 'data')
        t.match(answer.toString('latin1'), /^HTTP\/1\.1 431/)
      })
      t.test('the configured timeouts apply', async t => {
        const socket = await open()
        socket.write(nobody)
        socket.resume()
        await once(socket, 'close')
        t.pass('closed after the time between two requests')
      })
    })
  }
})

t.test('an address of a name that this machine does not have is logged and skipped', async t => {
  nameAddresses(t, '192.0.2.1', '127.0.0.1', '127.0.0.1')
  const { default: Fastify } = await import('fastify')
  const texts: string[] = []
  const logger = pino({ base: null }, { write: text => texts.push(text) })
  const listeners = { gates: [], urls: [], doors: [] }
  t.teardown(() => Promise.all(listeners.gates.map((gate: { close(): unknown }) => gate.close())))
  const build = () => Fastify()
  const listen = { host: 'gate.example', port: 0 }
  await openListeners(listeners, listen, { build, openDoor, logger })
  t.match(listeners.urls, [/^http:\/\/127\.0\.0\.1:/])
  t.equal(listeners.urls.length, 1)
  t.match(texts.join(''), /gate\.example: this machine has no address 192\.0\.2\.1/)
})
