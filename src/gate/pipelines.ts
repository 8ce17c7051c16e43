// Bounds on pipelining: requests that a client sends before it has the answers to its earlier ones. Node reads up to
// 2 MiB of one connection in one turn of the event loop and emits every request in it: tens of thousands. Here
// each turn takes a few, and the bytes of the others wait unparsed behind clients that do not pipeline. No
// request is dropped: all are answered, in order.
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Exchange, Head } from './exchange.ts'
import { connectionOf, exchangeOf } from './exchange.ts'
import { buildParking, isWhole } from './parking.ts'
import type { OnIncoming, ParsedRequest, ParserError, ServerSocket } from './parser-halt.ts'
import { canHalt, emptyLine, halt, stopReading } from './parser-halt.ts'
import { hasContent, isHttp1 } from './protocol.ts'
import type { SliceLimits } from './slices.ts'
import { buildSlices } from './slices.ts'

export interface Pipelines {
  /** Whether the parser's error is the halt that was requested here, which is then handled. */
  takeHalt(error: NodeJS.ErrnoException, socket: Socket): boolean
  /** Call it when an answer is finished. */
  release(connection: Connection): void
  /** Gives Fastify the request that `mustWait` has held, in its turn. False: its bytes are gone. */
  takeHeld(connection: Connection, exchange: Exchange): boolean
}

export interface PipelineLimits extends SliceLimits {
  /** Bytes that are kept for all connections on which a request waits for its turn. */
  readonly maxParkedBytes: number
}

export interface PipelineOptions {
  /** Whether the request is kept from Fastify until `takeHeld`. Never throws. */
  mustWait(request: IncomingMessage): boolean
  /** Sends the waiting answers. */
  flush(): void
  /** Called at once, or with the first connection, when this Node.js does not let its parser be stopped.
      Then nothing is bounded. */
  onFault(error: unknown): void
  /** An unused server, to try whether the parser can be stopped. */
  readonly probe?: Server
  readonly limits?: PipelineLimits
  readonly now?: () => number
}

const defaults: PipelineLimits = {
  maxOpen: 16,
  perRead: 32,
  perSlice: 8,
  sliceMs: 0.25,
  restRatio: 9,
  maxParkedBytes: 32 * 2 ** 20,
}

const nothing = Buffer.alloc(0)

// Longer than any wait in the tarpit (tarpit.ts), also on a busy machine.
const maxTurnMs = 10_000

const unboundedText =
  'the parser of this Node.js cannot be told to stop, so a client that pipelines requests can make others wait: use Node.js 20, 22 or 24'

export function boundPipelines(server: Server, options: PipelineOptions): Pipelines {
  const { flush, onFault, mustWait, limits = defaults, now = () => performance.now() } = options
  const { maxOpen, maxParkedBytes } = limits
  const onIncoming = new WeakMap<Connection, OnIncoming>()
  const parking = buildParking(maxParkedBytes)
  const { isTooMany, enqueue } = buildSlices({ limits, flush, parse, now })
  let isUnbounded = false
  const noteUnbounded = () => {
    if (!isUnbounded) onFault(new Error(unboundedText))
    isUnbounded = true
  }
  if (!canHalt(options.probe ?? createServer())) noteUnbounded()

  server.on('connection', (socket: ServerSocket) => {
    const connection = connectionOf(socket)
    const { parser } = socket
    const take = parser?.onIncoming
    if (parser === null || take === undefined) {
      noteUnbounded()
      return
    }
    onIncoming.set(connection, take)
    socket.once('close', () => parking.give(connection))
    parser.onIncoming = (request, keepsAlive) => {
      // Behind a request to upgrade, the parser stops by itself and cannot be halted.
      const { upgrade } = request
      connection.isUpgrade = upgrade
      if (upgrade)
        return connection.isHeld ? refuseUpgrade(connection, request) : take(request, keepsAlive)
      const isDue = connection.due !== undefined
      const { bytesRead } = socket
      const isFirst = connection.isFed || bytesRead !== connection.bytesRead
      connection.isFed = false
      connection.bytesRead = bytesRead
      if (connection.isHeld) {
        // Asked now, while its bytes are at hand: only they tell RTSP's GET from HTTP's.
        isHttp1(request, connection.rtsp)
        connection.next = { request, keepsAlive, isFirst }
      } else {
        const isTaken = isDue || !mustWait(request)
        const verdict = isTaken ? take(request, keepsAlive) : 0
        if (!isTaken) keep(connection, { request, keepsAlive, isFirst })
        const isEnough = isDue || connection.isHeld || isTooMany(connection)
        if (verdict !== 0 || !isEnough) return verdict
      }
      connection.halted = request
      return halt
    }
    // Node resumes reading after every request, and when the client has taken an answer.
    socket.on('resume', () => {
      const { unread, isRefused, isHeld } = connection
      // With a waiting request, reading goes on: only reading shows that the client has left.
      if (unread === undefined && (!isRefused || isHeld)) return
      stopReading(socket)
      if (unread !== undefined) enqueue(connection)
    })
  })

  function keep(connection: Connection, head: Head): void {
    connection.held = head
    connection.waiting = exchangeOf(head.request)
    keepOpen(connection.socket)
  }

  function handToFastify(connection: Connection, { request, keepsAlive }: Head): void {
    onIncoming.get(connection)?.(request as ParsedRequest, keepsAlive)
  }

  function keepOpen(socket: Socket): void {
    if ((socket.timeout ?? 0) < maxTurnMs) socket.setTimeout(server.timeout)
  }

  function refuseUpgrade(connection: Connection, request: ParsedRequest): number {
    request.upgrade = false
    connection.isRefused = true
    // Node resumes reading once it has parsed what it has.
    setImmediate(() => stopReading(connection.socket))
    return 0
  }

  function parse(connection: Connection): void {
    const { unread, next, isRefused, isHeld } = connection
    const socket = connection.socket as ServerSocket
    connection.isQueued = false
    // If Node itself has paused, its 'resume' comes later.
    if (unread === undefined || isRefused || isHeld || socket.destroyed || socket._paused) return
    if (next !== undefined) {
      connection.next = undefined
      if (mustWait(next.request)) keep(connection, next)
      else handToFastify(connection, next)
      // The requests behind it are parsed in another slice, or after its turn.
      if (unread.length > 0 || connection.isHeld) {
        enqueue(connection)
        return
      }
    }
    feed(connection, unread)
  }

  function feed(connection: Connection, unread: Buffer): void {
    const { socket } = connection
    parking.give(connection)
    connection.unread = undefined
    connection.isFed = true
    if (unread.length > 0) socket.emit('data', unread)
    connection.isFed = false
    if (connection.unread === undefined && !socket.destroyed) socket.resume()
  }

  return {
    takeHalt: (error, socket) => {
      const connection = connectionOf(socket)
      const { halted, held, next, isRefused, isHeld } = connection
      const { parser } = socket as ServerSocket
      if (halted === undefined || parser === null || error.code !== 'HPE_PAUSED') return false
      connection.halted = undefined
      parser.resume()
      const { rawPacket, bytesParsed } = error as ParserError
      const rest = rawPacket.subarray(bytesParsed)
      if (isRefused) {
        if (isHeld) stopReading(socket)
        return true
      }
      // A body stays unread: the answer closes the connection.
      if (!hasContent(halted)) parser.execute(emptyLine)
      // While a request waits, only reading shows that its client has left.
      if (rest.length === 0 && (isHeld ? next === undefined : connection.open < maxOpen))
        return true
      connection.unread = rest
      stopReading(socket)
      if (!isHeld) {
        enqueue(connection)
        return true
      }
      // The bytes take less memory than the parsed request, so it is parsed again in its turn, where that is possible:
      // the parser reads nothing behind the last request of a connection.
      const isAgain =
        next === undefined &&
        held?.isFirst === true &&
        held.keepsAlive &&
        isWhole(held.request, rawPacket.subarray(0, bytesParsed))
      const kept = parking.take(connection, isAgain ? rawPacket : rest)
      connection.isRefused = kept === undefined
      connection.unread = kept ?? nothing
      if (isAgain && kept !== undefined) {
        connection.held = undefined
        parser.incoming = null
      }
      return true
    },
    release: connection => {
      // Node's keep-alive timeout runs, although the next request is here already, unparsed.
      if (connection.isHeld || connection.unread !== undefined) keepOpen(connection.socket)
      if (connection.unread !== undefined) enqueue(connection)
    },
    takeHeld: (connection, exchange) => {
      const { held, unread, waiting } = connection
      if (waiting !== exchange) return false
      connection.waiting = undefined
      connection.held = undefined
      if (held !== undefined) {
        handToFastify(connection, held)
        return true
      }
      if (unread === undefined) return false
      connection.due = exchange
      feed(connection, unread)
      const isTaken = connection.due === undefined
      connection.due = undefined
      return isTaken
    },
  }
}
