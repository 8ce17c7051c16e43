// Bytes that a connection has sent and that are not parsed yet: taken from the parser when it halts, kept while their
// connection waits, and given back to the parser in a slice or in a request's turn.
import type { Socket } from 'node:net'
import type { Connection, Exchange } from './exchange.ts'
import { connectionOf } from './exchange.ts'
import type { HeldRequests } from './held-requests.ts'
import { handToFastify } from './held-requests.ts'
import { buildParking } from './parking.ts'
import type { ParserError, ServerSocket } from './parser-halt.ts'
import { emptyLine, stopReading } from './parser-halt.ts'
import { hasContent } from './protocol.ts'

export interface UnreadBytes {
  /** Whether the parser's error is the halt that pipelines.ts requested. If so, the rest of the bytes is kept. */
  takeHalt(error: NodeJS.ErrnoException, socket: Socket): boolean
  /** Parses some of the connection's bytes, until the parser halts again. */
  parse(connection: Connection): void
  /** Gives Fastify the held request, parsed again if only its bytes are left. False: they are gone. */
  takeHeld(connection: Connection, exchange: Exchange): boolean
  /** Frees the room of a connection that has closed. */
  drop(connection: Connection): void
}

export interface UnreadBytesOptions {
  readonly maxOpen: number
  readonly maxParkedBytes: number
  readonly held: HeldRequests
  /** Calls `parse` in a later slice. */
  enqueue(connection: Connection): void
}

export function buildUnreadBytes(options: UnreadBytesOptions): UnreadBytes {
  const { maxOpen, maxParkedBytes, held, enqueue } = options
  const parking = buildParking(maxParkedBytes)

  function feed(connection: Connection, unread: Buffer): void {
    const { socket } = connection
    parking.give(connection)
    connection.unread = undefined
    connection.isFed = true
    if (unread.length > 0) socket.emit('data', unread)
    connection.isFed = false
    if (connection.unread !== undefined || socket.destroyed) return
    socket.resume()
    connection.tellEnd?.()
    connection.tellEnd = undefined
  }

  return {
    takeHalt: (error, socket) => {
      const connection = connectionOf(socket)
      const { halted, next, isRefused, isHeld } = connection
      const { parser } = socket as ServerSocket
      if (halted === undefined || parser === null || error.code !== 'HPE_PAUSED') return false
      connection.halted = undefined
      parser.resume()
      const { rawPacket, bytesParsed } = error as ParserError
      if (isRefused) {
        if (isHeld) stopReading(socket)
        return true
      }
      // A body stays unread: the answer closes the connection.
      if (!hasContent(halted)) parser.execute(emptyLine)
      const hasRest = bytesParsed < rawPacket.length
      // While a request waits, only reading shows that its client has left.
      if (!hasRest && (isHeld ? next === undefined : connection.open < maxOpen)) return true
      stopReading(socket)
      if (isHeld) parking.park(connection, parser, error as ParserError)
      else {
        connection.unread = rawPacket.subarray(bytesParsed)
        enqueue(connection)
      }
      return true
    },
    parse: connection => {
      const { unread, next, isRefused, isHeld } = connection
      const socket = connection.socket as ServerSocket
      connection.isQueued = false
      // If Node itself has paused, its 'resume' comes later.
      if (unread === undefined || isRefused || isHeld || socket.destroyed || socket._paused) return
      if (next !== undefined) {
        held.passNext(connection, next)
        // The requests behind it are parsed in another slice, or after its turn.
        if (unread.length > 0 || connection.isHeld) {
          enqueue(connection)
          return
        }
      }
      feed(connection, unread)
    },
    takeHeld: (connection, exchange) => {
      const { held: head, unread, waiting } = connection
      if (waiting !== exchange) return false
      connection.waiting = undefined
      connection.held = undefined
      if (head !== undefined) {
        handToFastify(connection, head.request, head.keepsAlive)
        return true
      }
      if (unread === undefined) return false
      connection.due = exchange
      feed(connection, unread)
      const isTaken = connection.due === undefined
      connection.due = undefined
      return isTaken
    },
    drop: parking.give,
  }
}
