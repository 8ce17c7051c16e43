import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, Socket } from 'node:net'
import t from 'tap'
import { trackConnections } from '../../src/gate/connections.ts'
import { connectionOf } from '../../src/gate/exchange.ts'

t.test('closing ends idle connections at once and busy ones when they are done', async t => {
  const server = createServer()
  t.teardown(() => server.close())
  const connections = trackConnections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accept = async () => {
    const { port } = server.address() as AddressInfo
    connect(port, '127.0.0.1').on('error', () => {})
    const [socket] = await once(server, 'connection')
    return socket as Socket
  }
  const idle = await accept()
  const busy = await accept()
  connectionOf(busy).open++
  connections.release(idle)
  t.notOk(idle.destroyed, 'no connection ends before closing')
  server.closeIdleConnections()
  t.ok(idle.destroyed)
  connections.release(busy)
  t.notOk(busy.destroyed)
  connectionOf(busy).open--
  connections.release(busy)
  await once(busy, 'close')
  t.ok(busy.destroyed)
})

t.test('a connection that is accepted while closing is destroyed', async t => {
  const server = createServer()
  trackConnections(server)
  server.closeIdleConnections()
  const late = new Socket()
  server.emit('connection', late)
  t.ok(late.destroyed)
})
