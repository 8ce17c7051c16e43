// Bytes that are not an HTTP request, and CONNECT. There is no response object for them, only the socket; each leaves
// one log line. Asks no rule, because nothing in these bytes is a request.
import type { Socket } from 'node:net'
import type { AccessRecord, AccessSink } from './access-record.ts'
import type { Connection } from './exchange.ts'
import { connectionOf, peerTextOf } from './exchange.ts'
import type { Pipelines } from './pipelines.ts'
import { rawAnswers, statusOfClientError } from './raw-answer.ts'

export interface MalformedRefusal {
  /** For Node's `clientError`. Does nothing when the error is the halt that pipelines.ts has asked for. */
  refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void
  refuseConnect(socket: Socket): void
}

export interface MalformedOptions {
  readonly sink: AccessSink
  readonly pipelines: Pick<Pipelines, 'takeHalt'>
  /** Milliseconds without a byte after which the socket of a CONNECT is destroyed. */
  readonly inactiveMs: number
}

export function buildMalformedRefusal({
  sink,
  pipelines,
  inactiveMs,
}: MalformedOptions): MalformedRefusal {
  // Nothing is written while an answer is under way: the client would take it for a part of that answer, or
  // for the answer to its next request.
  function refuse(socket: Socket, status: keyof typeof rawAnswers, method: string | null): void {
    const connection = connectionOf(socket)
    const { open, isRefused } = connection
    if (isRefused) return // More of the bytes that are refused already.
    connection.isRefused = true
    // Earlier requests are answered first; `release` closes the connection after the last answer.
    if (open === 0) {
      if (socket.writable) socket.write(rawAnswers[status])
      socket.destroySoon()
    }
    sink.write(recordOf(connection, status, method))
  }

  return {
    refuseBytes: (error, socket) => {
      if (pipelines.takeHalt(error, socket)) return
      if (error.code !== 'ECONNRESET' && !socket.destroyed) {
        refuse(socket, statusOfClientError(error.code), null)
      }
    },
    refuseConnect: socket => {
      // Node has removed its own listeners for the socket's errors and timeout.
      socket.on('error', () => {})
      socket.setTimeout(inactiveMs, () => socket.destroy())
      refuse(socket, 405, 'CONNECT')
    },
  }
}

function recordOf(connection: Connection, status: number, method: string | null): AccessRecord {
  return {
    timeMs: Date.now(),
    client: null,
    peer: peerTextOf(connection),
    method,
    address: null,
    status,
    rule: null,
    reason: method === null ? 'bad-request' : 'method',
    bytes: 0,
    milliseconds: 0,
    userAgent: null,
    tlsKeys: connection.arrival.tlsKeys,
    isAborted: false,
  }
}
