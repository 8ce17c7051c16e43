// Requests that are kept from Fastify until their turn comes, and the one behind each that was parsed before the parser
// halted. Their bytes, and those behind them, are the business of unread-bytes.ts.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Head } from './exchange.ts'
import { exchangeOf } from './exchange.ts'
import type { OnIncoming, ParsedRequest } from './parser-halt.ts'
import { isHttp1 } from './protocol.ts'

export interface HeldRequests {
  /** Gives Fastify the request that has just been parsed, or holds it. Returns the verdict for the parser. */
  pass(connection: Connection, request: ParsedRequest, keepsAlive: boolean): number
  /** Keeps the request that has just been parsed behind a held one. */
  keepNext(connection: Connection, request: ParsedRequest, keepsAlive: boolean): void
  /** Gives Fastify a request that `keepNext` has kept, or holds it. */
  passNext(connection: Connection, next: Head): void
  /** Sets a timeout that outlasts the wait for a turn: Node's for idle connections may be shorter. */
  keepOpen(socket: Socket): void
}

// Longer than any wait in the tarpit (tarpit.ts), also on a busy machine.
const maxTurnMs = 10_000

/** `mustWait`: whether the request is held. Never throws. */
export function buildHeldRequests(
  server: Server,
  mustWait: (request: IncomingMessage) => boolean,
): HeldRequests {
  function hold(connection: Connection, head: Head): void {
    connection.held = head
    connection.waiting = exchangeOf(head.request)
    keepOpen(connection.socket)
  }

  function keepOpen(socket: Socket): void {
    if ((socket.timeout ?? 0) < maxTurnMs) socket.setTimeout(server.timeout)
  }

  return {
    pass: (connection, request, keepsAlive) => {
      if (!mustWait(request)) return handToFastify(connection, request, keepsAlive)
      hold(connection, { request, keepsAlive, isFirst: connection.isFirst })
      return 0
    },
    keepNext: (connection, request, keepsAlive) => {
      // Asked now, while its bytes are at hand: only they tell RTSP's GET from HTTP's.
      isHttp1(request, connection.rtsp)
      connection.next = { request, keepsAlive, isFirst: connection.isFirst }
    },
    passNext: (connection, next) => {
      connection.next = undefined
      if (mustWait(next.request)) hold(connection, next)
      else handToFastify(connection, next.request, next.keepsAlive)
    },
    keepOpen,
  }
}

/** Returns the verdict for the parser. */
export function handToFastify(
  { onIncoming }: Connection,
  request: ParsedRequest,
  keepsAlive: boolean,
): number {
  return (onIncoming as OnIncoming)(request, keepsAlive)
}
