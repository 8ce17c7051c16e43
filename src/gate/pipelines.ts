// Requests that a client sends before it has the answers to the ones before. Node reads up to 2 MiB of one
// connection in one turn of the event loop, and hands over every request that is in it: tens of thousands.
// Here each turn takes a few of them, and the bytes of the others wait unparsed, behind everybody who waits
// for an answer before asking again. Nothing is cut off: all are answered, in order.
//
// Relies on what Node's manual does not tell (seen in 20, 22, 24 and 26; test/gate/pipelines.test.ts):
// a server's socket has its `parser`, whose `onIncoming` gives llhttp its verdict on a head, and what is
// emitted as 'data' is parsed.
import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import type { Connection } from './visit.ts'
import { connectionOf } from './visit.ts'

export interface Pipelines {
  /** Whether the parser's error is no error, but the halt that was asked for here. */
  takeHalt(error: NodeJS.ErrnoException, socket: Socket): boolean
  /** To be told when an answer is finished. */
  release(connection: Connection): void
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
}

export interface PipelineOptions {
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
}

// A process that was stopped in the midst of it has spent hours.
const longestRestMs = 100

const unboundedText =
  'the parser of this Node.js cannot be told to stop, so a client that pipelines requests can make others wait: use Node.js 20, 22 or 24'
// HPE_PAUSED of llhttp: from on_headers_complete it ends the parsing of what has been read.
const halt = 21
// Between two requests it means nothing (RFC 9112 section 2.2), and makes the parser note that the one
// before it is whole. Else that would count as one that never ends, and time out.
const emptyLine = Buffer.from('\r\n')

type Head = IncomingMessage & { readonly upgrade: boolean }
type Taker = (request: Head, keepsAlive: boolean) => number
interface Parser {
  onIncoming?: Taker
  resume(): void
  execute(bytes: Buffer): unknown
}
/** `_paused`: Node waits until the client has taken some of its answers. */
type ServerSocket = Socket & { readonly parser: Parser | null; readonly _paused: boolean }
type ParserError = NodeJS.ErrnoException & { rawPacket: Buffer; bytesParsed: number }

export function boundPipelines(server: Server, options: PipelineOptions): Pipelines {
  const { flush, onFault, limits = defaults, now = () => performance.now() } = options
  const { maxOpen, perRead, perSlice, sliceMs, restRatio } = limits
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
    parser.onIncoming = (request, keepsAlive) => {
      // The parser leaves unread by itself what has come with a request to upgrade, and cannot be halted.
      const { upgrade } = request
      connection.isUpgrade = upgrade
      // Is never answered, so nothing is made of it: a flood would fill the memory with it.
      if (connection.isHeld && !upgrade) {
        connection.isRefused = true
        connection.halted = request
        return halt
      }
      const verdict = take(request, keepsAlive)
      if (verdict !== 0 || upgrade || connection.open < 2 || !isEnough(connection)) return verdict
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

  function isEnough({ open, isRefused }: Connection): boolean {
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

  function enqueue(connection: Connection): void {
    if (connection.isQueued || connection.open >= maxOpen) return
    connection.isQueued = true
    queue.push(connection)
    openTurn()
  }

  function parse(connection: Connection): void {
    const { unread, isRefused } = connection
    const socket = connection.socket as ServerSocket
    connection.isQueued = false
    // If Node itself waits, 'resume' tells when it does no more.
    if (unread === undefined || isRefused || socket.destroyed || socket._paused) return
    connection.unread = undefined
    if (unread.length > 0) socket.emit('data', unread)
    if (connection.unread === undefined && !socket.destroyed) socket.resume()
  }

  return {
    takeHalt: (error, socket) => {
      const connection = connectionOf(socket)
      const { halted, isRefused, isHeld } = connection
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
      if (rest.length === 0 && connection.open < maxOpen) return true
      connection.unread = rest
      stopReading(socket)
      enqueue(connection)
      return true
    },
    release: connection => {
      if (connection.unread !== undefined) enqueue(connection)
    },
  }
}

/** Whether the parser of this Node.js stops behind a request when it is told to. */
function canHalt(server: Server): boolean {
  const socket = new Socket() as ServerSocket
  server.emit('connection', socket)
  const { parser } = socket
  if (parser?.onIncoming === undefined) return false
  let heads = 0
  parser.onIncoming = () => {
    heads++
    return halt
  }
  const error = parser.execute(Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(2))) as ParserError
  socket.destroy()
  return error.code === 'HPE_PAUSED' && heads === 1
}

function stopReading(socket: Socket): void {
  socket.pause()
  // Which tells nobody if the stream was paused already, while its handle may have been started again.
  socket.emit('pause')
}

/** Whether a request has a body that is not empty. */
export function hasContent({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return (length !== undefined && length !== '0') || coding !== undefined
}
