// The connections of a server, so that stopping can tell idle from busy ones. Node's own check for idle connections is
// wrong here: it destroys a connection whose answer is not sent yet, and waits for one that never sent a request.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { connectionOf } from './exchange.ts'

export interface Connections {
  /** Call it when a request on the socket is finished. */
  release(socket: Socket): void
}

/** Replaces `closeIdleConnections`, which `close` calls, and closes busy connections when they are done. */
export function trackConnections(server: Server): Connections {
  const sockets = new Set<Socket>()
  let isClosing = false
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    if (isClosing) socket.destroy()
  })
  server.closeIdleConnections = () => {
    isClosing = true
    for (const socket of sockets) if (connectionOf(socket).open === 0) socket.destroy()
  }
  return {
    release: socket => {
      const { open, isRefused } = connectionOf(socket)
      if ((isClosing || isRefused) && open === 0) socket.destroySoon()
    },
  }
}
