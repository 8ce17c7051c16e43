// Whether doctor says that the gate does not run, that something else has its address, or that it serves an old certificate.
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { Listen } from '../../../src/config/listen/settings.ts'
import { checkGate } from '../../../src/doctor/machine/gate.ts'
import { openConfigHome } from '../../fixtures/config.ts'
import { startGate } from '../../fixtures/gate.ts'
import { startListener } from '../../fixtures/listener.ts'
import { makeDirectory } from '../../fixtures/process.ts'
import { makeSelfSigned } from '../../fixtures/self-signed.ts'

const look = (listen: readonly Listen[], timeoutMs = 5_000) =>
  checkGate(listen, { nowMs: Date.now(), signal: new AbortController().signal, timeoutMs })

async function listenOn(t: Test, server: Server, at: string | number = 0): Promise<number> {
  await new Promise<void>(resolve => {
    if (typeof at === 'string') server.listen(at, resolve)
    else server.listen(at, '127.0.0.1', resolve)
  })
  t.teardown(() => new Promise<void>(resolve => void server.close(() => resolve())))
  const address = server.address()
  return typeof address === 'string' ? 0 : (address as AddressInfo).port
}

const answering = (body: string) =>
  createServer((_, response) => response.setHeader('connection', 'close').end(body))

t.test('a gate that runs is fine, by its address and on loopback for all addresses', async t => {
  const { port } = await startGate(t, { config: 'allow: [{ name: a, from: 127.0.0.0/8 }]' })
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const { findings, fine, unknown } = await look([{ host, port }])
    t.strictSame([findings, unknown], [[], []], host)
    t.strictSame(fine, [`The gate answers at ${host}:${port}.`])
  }
})

t.test('nobody listens: one finding names all places', async t => {
  const port = await listenOn(t, answering('ok\n'))
  const socket = join(makeDirectory(t), 'gate.sock')
  const { findings, fine } = await look([
    { host: '127.0.0.1', port: 1 },
    { socket, mode: 0o660 },
    { host: '127.0.0.1', port },
  ])
  t.match(findings, [
    {
      ...{ code: 'gate-down', effect: 'breaks' },
      seen: `Nobody listens at 127.0.0.1:1 (ECONNREFUSED).\nNobody listens at the socket ${socket} (ENOENT).`,
    },
  ])
  t.equal(findings.length, 1)
  t.equal(fine.length, 1, 'the other one is looked at')
})

t.test('a listener that takes connections and never answers is down', async t => {
  const { port } = await startListener(t, () => undefined)
  const { findings } = await look([{ host: '127.0.0.1', port }], 200)
  t.match(findings, [{ code: 'gate-down', seen: /^There is no answer at/ }])
})

t.test('something else that answers is not taken for the gate', async t => {
  const web = await listenOn(t, answering('<html>It works!</html>'))
  const large = await listenOn(t, answering('ok\n'.repeat(100_000)))
  const { port: ssh } = await startListener(t, socket => void socket.write('SSH-2.0-x\r\n'))
  for (const port of [web, large, ssh]) {
    const { findings, fine } = await look([{ host: '127.0.0.1', port }])
    t.match(findings, [{ code: 'gate-other', effect: 'breaks' }])
    t.strictSame(fine, [])
  }
})

t.test('a socket is asked too', { skip: process.platform === 'win32' }, async t => {
  const socket = join(makeDirectory(t), 'gate.sock')
  await listenOn(t, answering('ok\n'), socket)
  t.match((await look([{ socket, mode: 0o660 }])).fine, [
    `The gate answers at the socket ${socket}.`,
  ])
})

t.test('port 0 is not known', async t => {
  const { findings, unknown } = await look([{ host: '127.0.0.1', port: 0 }])
  t.strictSame(findings, [])
  t.match(unknown, [/its port is 0/])
})

t.test('with TLS the certificate that is served is compared with that of the file', async t => {
  const inFile = makeSelfSigned()
  const home = openConfigHome(t, { 'cert.pem': inFile.cert, 'key.pem': inFile.key })
  const { listen } =
    home.settings(`listen: { host: 127.0.0.1, port: 8443, tls: { cert: cert.pem, key: key.pem } }
allow: [{ name: a, from: 127.0.0.0/8 }]`)
  const serve = (pair: { cert: string; key: string }, body: string) =>
    listenOn(
      t,
      createTlsServer(pair, (_, response) => response.setHeader('connection', 'close').end(body)),
    )
  const at = (port: number) => [{ ...listen[0], host: '127.0.0.1', port } as Listen]
  const same = await look(at(await serve(inFile, 'ok\n')))
  t.strictSame(same.findings, [])
  t.match(same.fine, [/, with the certificate that its file has\.$/])
  const old = await look(at(await serve(makeSelfSigned(), 'ok\n')))
  t.match(old.findings, [
    {
      ...{ code: 'gate-old-certificate', effect: 'will-break' },
      place: { file: /cert\.pem$/ },
      seen: /(?:an older|another) certificate at .* than the file has: it was not reloaded/,
    },
  ])
  const other = await look(at(await serve(makeSelfSigned('other.example'), 'no')))
  t.match(other.findings, [{ code: 'gate-other' }])
  const plain = await look(at(await listenOn(t, answering('ok\n'))))
  t.match(plain.findings, [{ code: 'gate-other' }], 'no TLS at all')
})
