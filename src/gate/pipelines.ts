// Bounds on pipelining: requests that a client sends before it has the answers to its earlier ones. Node reads up to
// 2 MiB of one connection in one turn of the event loop and emits every request in it: tens of thousands. Here
// each turn takes a few, and the bytes of the others wait unparsed behind clients that do not pipeline. No
// request is dropped: all are answered, in order.
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Exchange } from './exchange.ts'
import { connectionOf } from './exchange.ts'
import { buildHeldRequests, handToFastify } from './held-requests.ts'
import type { ParsedRequest, ServerSocket } from './parser-halt.ts'
import { canHalt, halt, stopReading } from './parser-halt.ts'
import type { SliceLimits } from './slices.ts'
import { buildSlices } from './slices.ts'
import { buildUnreadBytes } from './unread-bytes.ts'

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

const unboundedText =
  'the parser of this Node.js cannot be told to stop, so a client that pipelines requests can make others wait: use Node.js 20, 22 or 24'

export function boundPipelines(server: Server, options: PipelineOptions): Pipelines {
  const { flush, onFault, mustWait, limits = defaults, now = () => performance.now() } = options
  const { maxOpen, maxParkedBytes } = limits
  const held = buildHeldRequests(server, mustWait)
  const { isTooMany, enqueue } = buildSlices({
    ...{ limits, flush, now },
    parse: connection => unread.parse(connection),
  })
  const unread = buildUnreadBytes({ maxOpen, maxParkedBytes, held, enqueue })
  let isUnbounded = false
  const noteUnbounded = () => {
    if (!isUnbounded) onFault(new Error(unboundedText))
    isUnbounded = true
  }
  if (!canHalt(options.probe ?? createServer())) noteUnbounded()

  server.on('connection', (socket: ServerSocket) => {
    const connection = connectionOf(socket)
    const { parser } = socket
    if (parser?.onIncoming === undefined) {
      noteUnbounded()
      return
    }
    if (connection.arrival.tlsKeys !== '') holdEnd(connection)
    connection.onIncoming = parser.onIncoming
    parser.onIncoming = (request, keepsAlive) => takeRequest(connection, request, keepsAlive)
    socket.once('close', () => unread.drop(connection))
    // Node resumes reading after every request, and when the client has taken an answer.
    socket.on('resume', () => {
      const { unread, isRefused, isHeld } = connection
      // With a waiting request, reading goes on: only reading shows that the client has left.
      if (unread === undefined && (!isRefused || isHeld)) return
      stopReading(socket)
      if (unread !== undefined) enqueue(connection)
    })
  })

  /** Returns the verdict for the parser. */
  function takeRequest(
    connection: Connection,
    request: ParsedRequest,
    keepsAlive: boolean,
  ): number {
    // Behind a request to upgrade, the parser stops by itself and cannot be halted.
    connection.isUpgrade = request.upgrade
    if (request.upgrade && connection.isHeld) return refuseUpgrade(connection, request)
    if (request.upgrade) return handToFastify(connection, request, keepsAlive)
    noteRead(connection)
    if (connection.isHeld) held.keepNext(connection, request, keepsAlive)
    else {
      const isDue = connection.due !== undefined
      const verdict = isDue
        ? handToFastify(connection, request, keepsAlive)
        : held.pass(connection, request, keepsAlive)
      const isEnough = isDue || connection.isHeld || isTooMany(connection)
      if (verdict !== 0 || !isEnough) return verdict
    }
    connection.halted = request
    return halt
  }

  return {
    takeHalt: unread.takeHalt,
    release: connection => {
      // Node's keep-alive timeout runs, although the next request is here already, unparsed.
      if (connection.isHeld || connection.unread !== undefined) held.keepOpen(connection.socket)
      if (connection.unread !== undefined) enqueue(connection)
    },
    takeHeld: unread.takeHeld,
  }
}

// TLS tells the end of the client's side also while reading is paused. Node.js would take the last answer under way for
// the last of all, and what waits unparsed would never be answered.
function holdEnd(connection: Connection): void {
  const { socket } = connection
  const push = socket.push.bind(socket)
  // Data goes to the parser without it, so only the end passes here.
  socket.push = (chunk, encoding) => {
    if (chunk !== null || connection.unread === undefined) return push(chunk, encoding)
    connection.tellEnd = () => {
      push(null)
      socket.read(0)
    }
    return false
  }
}

/** Notes whether the request that has just been parsed is the first of its read. */
function noteRead(connection: Connection): void {
  const { bytesRead } = connection.socket
  connection.isFirst = connection.isFed || bytesRead !== connection.bytesRead
  connection.isFed = false
  connection.bytesRead = bytesRead
}

/** Nothing is read behind a request to upgrade that comes behind a held one. */
function refuseUpgrade(connection: Connection, request: ParsedRequest): number {
  request.upgrade = false
  connection.isRefused = true
  // Node resumes reading once it has parsed what it has.
  setImmediate(() => stopReading(connection.socket))
  return 0
}
