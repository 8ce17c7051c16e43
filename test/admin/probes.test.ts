// Probes of a whole gate, as Kubernetes asks them; and what they say to those who have signed in.
import { renameSync } from 'node:fs'
import t from 'tap'
import { startAdminGate } from '../fixtures/admin.ts'
import { ask, sendRaw } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'
import { askSlowly, slowBytes } from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = 'allow: [{ name: all, from: 127.0.0.0/8 }]'

t.test('a gate that has started is live, started and ready, whoever asks', async t => {
  const { adminPort, port } = await startAdminGate(t, config)
  for (const probe of ['/livez', '/startupz', '/readyz']) {
    const headers = { host: '10.1.2.3:8090', via: '1.1 balancer', 'user-agent': 'kube-probe/1.33' }
    const { status, body } = await ask(adminPort, probe, { headers })
    t.equal(status, 200, probe)
    t.equal(body.toString(), 'ok\n')
    t.equal((await ask(adminPort, probe, { method: 'HEAD' })).status, 200)
    t.not((await ask(port, probe)).body.toString(), 'ok\n', 'never on the port of the photos')
  }
  const haproxy = await sendRaw(adminPort, 'GET /readyz HTTP/1.0\r\n\r\n')
  t.match(haproxy, /^HTTP\/1\.1 200 [\s\S]*\r\nok\n$/, 'as HAProxy asks, without a Host')
  t.match(await sendRaw(adminPort, 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421 /)
  t.equal((await ask(adminPort, '/readyz?verbose')).status, 401, 'the words need a sign-in')
})

t.test('a gate whose photos cannot be read is live and not ready, and says why', async t => {
  const { askAdmin, directory } = await startAdminGate(t, config)
  const ready = await askAdmin('/readyz?verbose')
  t.match(ready.body.toString(), /^\[\+\] photos: 1 photos are known$/m)
  renameSync(directory, `${directory}-gone`)
  await waitUntil(async () => (await askAdmin('/readyz')).status === 503)
  t.equal((await askAdmin('/readyz')).body.toString(), 'not ok\n')
  const { body } = await askAdmin('/readyz?verbose')
  t.match(body.toString(), /^\[-\] photos: the photo folder cannot be read: ENOENT/m)
  t.equal((await askAdmin('/livez')).status, 200, 'a restart would not bring them back')
  t.equal((await askAdmin('/startupz')).status, 200)
  renameSync(`${directory}-gone`, directory)
  await waitUntil(async () => (await askAdmin('/readyz')).status === 200)
})

t.test('while the gate stops, it is live and not ready', async t => {
  const slow = { 'slow@acme.example.jpg': jpegOf('slow', slowBytes) }
  const gate = await startAdminGate(t, config, { photos: slow })
  // Its answer is under way until it is read.
  const { socket } = await askSlowly(t, gate.port)
  const closing = gate.server.close()
  await waitUntil(async () => (await gate.askAdmin('/readyz')).status === 503)
  const { body } = await gate.askAdmin('/readyz?verbose')
  t.match(body.toString(), /^\[-\] not-stopping: the gate is stopping/m)
  t.equal((await gate.askAdmin('/livez')).status, 200)
  socket.destroy()
  await closing
  await t.rejects(gate.askAdmin('/livez'), { code: 'ECONNREFUSED' })
})
