// A client that opens connections and sends nothing, or sends it slowly, keeps nobody else out.
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { maxConnectionsOfClient } from '../../src/admin/connection-bounds.ts'
import { startAdminGate } from '../fixtures/admin.ts'
import { ask } from '../fixtures/client.ts'
import { makeSelfSigned } from '../fixtures/self-signed.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const rule = 'allow: [{ name: all, from: 127.0.0.0/8 }]'

/** Connections of one client; those that are cut are not counted. */
function openMany(t: Test, port: number, count: number, from: string) {
  const open = new Set<Socket>()
  for (let at = 0; at < count; at++) {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from })
    socket.on('connect', () => open.add(socket))
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  }
  return open
}

t.test('200 silent connections of one client leave room for probes', async t => {
  const { adminPort } = await startAdminGate(t, rule)
  const open = openMany(t, adminPort, 200, '127.0.0.9')
  await waitUntil(() => open.size === maxConnectionsOfClient)
  t.equal((await ask(adminPort, '/readyz')).status, 200)
  await t.rejects(ask(adminPort, '/readyz', { from: '127.0.0.9' }), { code: 'ECONNRESET' })
  for (const socket of open) socket.destroy()
  await waitUntil(async () => {
    const answer = await ask(adminPort, '/readyz', { from: '127.0.0.9' }).catch(() => undefined)
    return answer?.status === 200
  })
})

t.test('with TLS they count before the handshake', async t => {
  const { cert, key } = makeSelfSigned()
  const { adminPort } = await startAdminGate(t, rule, {
    admin: 'tokenFile: admin.token, tls: { cert: cert.pem, key: key.pem }',
    files: { 'cert.pem': cert, 'key.pem': key },
  })
  const open = openMany(t, adminPort, 200, '127.0.0.9')
  await waitUntil(() => open.size === maxConnectionsOfClient)
  t.equal((await ask(adminPort, '/readyz', { isTls: true })).status, 200)
})

t.test('a head that never ends is cut', async t => {
  const { adminPort } = await startAdminGate(t, rule)
  const socket = connect({ host: '127.0.0.1', port: adminPort })
  let answer = ''
  socket.on('data', chunk => {
    answer += String(chunk)
  })
  const closed = new Promise(resolve => socket.on('close', resolve))
  socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n')
  const timer = setInterval(() => socket.write('X-Slow: 1\r\n'), 500)
  t.teardown(() => clearInterval(timer))
  socket.on('error', () => {})
  await closed
  t.match(answer, /^(?:HTTP\/1\.1 408|$)/)
})
