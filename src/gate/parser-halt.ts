// How Node's parser is told to stop behind a request, and a socket to read no more.
//
// Relies on what Node's manual does not tell (seen in 20, 22, 24 and 26; test/gate/pipelines.test.ts):
// a server's socket has its `parser`, whose `onIncoming` gives llhttp its verdict on a head, and what is
// emitted as 'data' is parsed.
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'

// HPE_PAUSED of llhttp: from on_headers_complete it ends the parsing of what has been read.
export const halt = 21
// Between two requests it means nothing (RFC 9112 section 2.2), and makes the parser note that the one
// before it is whole. Else that would count as one that never ends, and time out.
export const emptyLine = Buffer.from('\r\n')

export type Request = IncomingMessage & { upgrade: boolean }
export type Taker = (request: Request, keepsAlive: boolean) => number
export interface HttpParser {
  onIncoming?: Taker
  /** The last request, for what comes of its body. */
  incoming: IncomingMessage | null
  resume(): void
  execute(bytes: Buffer): unknown
  /** A copy of what has been read and is being parsed. */
  getCurrentBuffer?(): Buffer | undefined
}
/** `_paused`: Node waits until the client has taken some of its answers. */
export type ServerSocket = Socket & {
  readonly parser: HttpParser | null
  readonly _paused: boolean
}
export type ParserError = NodeJS.ErrnoException & { rawPacket: Buffer; bytesParsed: number }

/** Whether the parser of this Node.js stops behind a request when it is told to. */
export function canHalt(server: Server): boolean {
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

export function stopReading(socket: Socket): void {
  socket.pause()
  // Which tells nobody if the stream was paused already, while its handle may have been started again.
  socket.emit('pause')
}
