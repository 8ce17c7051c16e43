// Requests that a client sends before it has the answers to the ones before. Node reads up to 2 MiB of one
// connection in one turn of the event loop, and hands over every request that is in it: tens of thousands.
// Here each turn takes a few of them, and the bytes of the others wait unparsed, behind everybody who waits
// for an answer before asking again. Nothing is cut off: all are answered, in order.
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { ParserError, Request, ServerSocket, Taker } from './parser-halt.ts'
import { canHalt, emptyLine, halt, stopReading } from './parser-halt.ts'
import { hasContent, isHttp1 } from './protocol.ts'
import type { Connection, Head } from './visit.ts'
import { connectionOf } from './visit.ts'

export interface Pipelines {
  /** Whether the parser's error is no error, but the halt that was asked for here. */
  takeHalt(error: NodeJS.ErrnoException, socket: Socket): boolean
  /** To be told when an answer is finished. */
  release(connection: Connection): void
  /** Its turn has come. */
  takeHeld(connection: Connection): void
}

export interface PipelineLimits {
  /** Answers of one connection that may be under way. */
  readonly maxOpen: number
  /** Requests that all connections together may have taken in one turn as they are read. */
  readonly perRead: number
  /** Of what waits unparsed: requests of one connection before it is another's turn. */
  readonly perSlice: number
  /** Of what waits unparsed: milliseconds in one turn. */
  readonly sliceMs: number
  /** Then nothing of it is taken for so many times as long as that took. */
  readonly restRatio: number
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

// A process that was stopped in the midst of it has spent hours.
const longestRestMs = 100

const unboundedText =
  'the parser of this Node.js cannot be told to stop, so a client that pipelines requests can make others wait: use Node.js 20, 22 or 24'

export function boundPipelines(server: Server, options: PipelineOptions): Pipelines {
  const { flush, onFault, mustWait, limits = defaults, now = () => performance.now() } = options
  const { maxOpen, perRead, perSlice, sliceMs, restRatio, maxParkedBytes } = limits
  const takers = new WeakMap<Connection, Taker>()
  let parkedBytes = 0
  const queue: Connection[] = []
  let left = perRead
  let isTurnOpen = false
  let isResting = false
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
    socket.once('close', () => unpark(connection))
    parser.onIncoming = (request, keepsAlive) => {
      // The parser leaves unread by itself what has come with a request to upgrade, and cannot be halted.
      const { upgrade } = request
      connection.isUpgrade = upgrade
      if (upgrade)
        return connection.isHeld ? refuseUpgrade(connection, request) : take(request, keepsAlive)
      const isLater = connection.isHeld
      if (isLater) {
        // As long as its bytes are at hand: RTSP's GET is known by them.
        isHttp1(request, connection.rtsp)
        connection.next = { request, keepsAlive }
      } else {
        const verdict = takeUnlessHeld(connection, { request, keepsAlive })
        if (verdict !== 0 || !(connection.isHeld || isTooMany(connection))) return verdict
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

  /** The verdict for the parser. */
  function takeUnlessHeld(connection: Connection, head: Head): number {
    const { request, keepsAlive } = head
    if (!mustWait(request)) return takers.get(connection)?.(request as Request, keepsAlive) ?? 0
    connection.held = head
    // As for one that is under way: it may be Node's wait for the next one that runs.
    connection.socket.setTimeout(server.timeout)
    return 0
  }

  function refuseUpgrade(connection: Connection, request: Request): number {
    request.upgrade = false
    connection.isRefused = true
    // Node reads on once it has parsed what it has.
    setImmediate(() => stopReading(connection.socket))
    return 0
  }

  function isTooMany({ open, isRefused }: Connection): boolean {
    if (open < 2) return false
    openTurn()
    left--
    return left <= 0 || open >= maxOpen || isRefused
  }

  function openTurn(): void {
    if (isTurnOpen) return
    isTurnOpen = true
    setImmediate(endTurn) // Runs when all input at hand has been read.
  }

  function endTurn(): void {
    isTurnOpen = false
    flush()
    if (queue.length > 0 && !isResting) parseSome()
    left = perRead
  }

  // Whole turns of it would leave the others the rest of a core, and the garbage of all that to be collected.
  function parseSome(): void {
    const fromMs = now()
    let spentMs = 0
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      left = perSlice
      parse(next)
      spentMs = now() - fromMs
      if (spentMs >= sliceMs) break
    }
    isResting = true
    setTimeout(
      () => {
        isResting = false
        if (queue.length > 0) openTurn()
      },
      Math.min(longestRestMs, spentMs * restRatio),
    )
  }

  /** False: there is no room for more. */
  function park(connection: Connection, bytes: number): boolean {
    if (parkedBytes + bytes > maxParkedBytes) return false
    parkedBytes += bytes
    connection.parkedBytes += bytes
    return true
  }

  function unpark(connection: Connection): void {
    parkedBytes -= connection.parkedBytes
    connection.parkedBytes = 0
  }

  function enqueue(connection: Connection): void {
    const { isQueued, isHeld, open } = connection
    if (isQueued || isHeld || open >= maxOpen) return
    connection.isQueued = true
    queue.push(connection)
    openTurn()
  }

  function parse(connection: Connection): void {
    const { unread, next, isRefused, isHeld } = connection
    const socket = connection.socket as ServerSocket
    connection.isQueued = false
    // If Node itself waits, 'resume' tells when it does no more.
    if (unread === undefined || isRefused || isHeld || socket.destroyed || socket._paused) return
    if (next !== undefined) {
      connection.next = undefined
      takeUnlessHeld(connection, next)
      // What is behind it is parsed in another slice, or after its turn.
      if (unread.length > 0 || connection.isHeld) {
        enqueue(connection)
        return
      }
    }
    unpark(connection)
    connection.unread = undefined
    if (unread.length > 0) socket.emit('data', unread)
    if (connection.unread === undefined && !socket.destroyed) socket.resume()
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
      const rest = rawPacket.subarray(bytesParsed)
      if (isHeld) stopReading(socket)
      if (isRefused) return true
      // A body is left unread: the answer closes the connection.
      if (!hasContent(halted)) parser.execute(emptyLine)
      // Of one that waits for its turn, going on reading tells whether its client has gone.
      if (rest.length === 0 && (isHeld ? next === undefined : connection.open < maxOpen))
        return true
      if (isHeld && !park(connection, rest.length)) connection.isRefused = true
      connection.unread = rest
      stopReading(socket)
      enqueue(connection)
      return true
    },
    release: connection => {
      if (connection.unread !== undefined) enqueue(connection)
    },
    takeHeld: connection => {
      const { held } = connection
      connection.held = undefined
      if (held !== undefined) takers.get(connection)?.(held.request as Request, held.keepsAlive)
    },
  }
}
