// At most so many connections of one client: otherwise one that holds all of them open would keep probes and Prometheus
// out, and a load balancer would take the gate away.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { siteOfPeer } from './reader.ts'

/** Of the 256 that the listener has. People behind one tunnel share it. */
export const maxConnectionsOfClient = 128

/** Call it last: with TLS, connections count from their first byte on, and not only once the handshake is over. */
export function boundConnections(server: Server, max = maxConnectionsOfClient): void {
  const counts = new Map<string, number>()
  const emit = server.emit.bind(server)

  function take(socket: Socket): boolean {
    const client = siteOfPeer(socket.remoteAddress)
    const count = counts.get(client) ?? 0
    if (count >= max) return false
    counts.set(client, count + 1)
    socket.once('close', () => {
      const left = (counts.get(client) ?? 1) - 1
      if (left === 0) counts.delete(client)
      else counts.set(client, left)
    })
    return true
  }

  server.emit = (event: string, ...args: unknown[]) => {
    if (event !== 'connection' || take(args[0] as Socket)) return emit(event, ...args)
    ;(args[0] as Socket).destroy()
    return true
  }
}
