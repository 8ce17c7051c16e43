// Requests that a client sends before it has the answers to the ones before. Node reads up to 2 MiB of one
// connection in one turn of the event loop, and hands over every request that is in it: tens of thousands.
// Here each turn takes a few of them, and the bytes of the others wait unparsed, behind everybody who waits
// for an answer before asking again. Nothing is cut off: all are answered, in order.
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Exchange, Head } from './exchange.ts'
import { connectionOf, exchangeOf } from './exchange.ts'
import { buildParking, isWhole } from './parking.ts'
import type { ParserError, Request, ServerSocket, Taker } from './parser-halt.ts'
import { canHalt, emptyLine, halt, stopReading } from './parser-halt.ts'
import { hasContent, isHttp1 } from './protocol.ts'
import type { SliceLimits } from './slices.ts'
import { buildSlices } from './slices.ts'

export interface Pipelines {
  /** Whether the parser's error is no error, but the halt that was asked for here. */
  takeHalt(error: NodeJS.ErrnoException, socket: Socket): boolean
  /** To be told when an answer is finished. */
  release(connection: Connection): void
  /** The turn of the request that `mustWait` has held has come. False: nothing of it is there. */
  takeHeld(connection: Connection, exchange: Exchange): boolean
}

export interface PipelineLimits extends SliceLimits {
  /** Of what is asked on connections where a request waits for its turn: bytes that are kept. */
  readonly maxParkedBytes: number
}

export interface PipelineOptions {
  /** Whether nothing is to be made of the request until `takeHeld`. Never throws. */
  mustWait(request: IncomingMessage): boolean
  /** Sends the answers that wait to be sent. */
  flush(): void
  /** Is told at once, or else with the first connection, when this Node.js does not let its parser be stopped:
      then nothing is bounded. */
  onFault(error: unknown): void
  /** A server that is not used otherwise, to try that with. */
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

// A turn has come or is over by then (holding.ts), also on a machine that has much else to do.
const maxTurnMs = 10_000

const unboundedText =
  'the parser of this Node.js cannot be told to stop, so a client that pipelines requests can make others wait: use Node.js 20, 22 or 24'

export function boundPipelines(server: Server, options: PipelineOptions): Pipelines {
  const { flush, onFault, mustWait, limits = defaults, now = () => performance.now() } = options
  const { maxOpen, maxParkedBytes } = limits
  const takers = new WeakMap<Connection, Taker>()
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
    takers.set(connection, take)
    socket.once('close', () => parking.give(connection))
    parser.onIncoming = (request, keepsAlive) => {
      // The parser leaves unread by itself what has come with a request to upgrade, and cannot be halted.
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
        // As long as its bytes are at hand: RTSP's GET is known by them.
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
    // Node reads on after every request, and when an answer has been taken.
    socket.on('resume', () => {
      const { unread, isRefused, isHeld } = connection
      // Whether one that is held has gone is only seen while reading.
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

  function takeUp(connection: Connection, { request, keepsAlive }: Head): void {
    takers.get(connection)?.(request as Request, keepsAlive)
  }

  function keepOpen(socket: Socket): void {
    if ((socket.timeout ?? 0) < maxTurnMs) socket.setTimeout(server.timeout)
  }

  function refuseUpgrade(connection: Connection, request: Request): number {
    request.upgrade = false
    connection.isRefused = true
    // Node reads on once it has parsed what it has.
    setImmediate(() => stopReading(connection.socket))
    return 0
  }

  function parse(connection: Connection): void {
    const { unread, next, isRefused, isHeld } = connection
    const socket = connection.socket as ServerSocket
    connection.isQueued = false
    // If Node itself waits, 'resume' tells when it does no more.
    if (unread === undefined || isRefused || isHeld || socket.destroyed || socket._paused) return
    if (next !== undefined) {
      connection.next = undefined
      if (mustWait(next.request)) keep(connection, next)
      else takeUp(connection, next)
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
      // A body is left unread: the answer closes the connection.
      if (!hasContent(halted)) parser.execute(emptyLine)
      // While a request waits, only reading tells the gate that its client has gone.
      if (rest.length === 0 && (isHeld ? next === undefined : connection.open < maxOpen))
        return true
      connection.unread = rest
      stopReading(socket)
      if (!isHeld) {
        enqueue(connection)
        return true
      }
      // Its bytes are less than what the parser has made of them. Behind the last of a connection it parses nothing.
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
      // Node counts the time until the next request, of which it knows nothing yet.
      if (connection.isHeld || connection.unread !== undefined) keepOpen(connection.socket)
      if (connection.unread !== undefined) enqueue(connection)
    },
    takeHeld: (connection, exchange) => {
      const { held, unread, waiting } = connection
      if (waiting !== exchange) return false
      connection.waiting = undefined
      connection.held = undefined
      if (held !== undefined) {
        takeUp(connection, held)
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
