// Stops Node's HTTP parser behind a request, and a socket from reading.
//
// Relies on internals that Node's manual does not describe (seen in 20, 22, 24 and 26; test/gate/pipelines.test.ts):
// a server's socket has a `parser`, whose `onIncoming` returns llhttp's verdict on a head, and bytes emitted as
// 'data' are parsed.
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'

// HPE_PAUSED of llhttp: returned from on_headers_complete, it ends the parsing of the bytes that were read.
export const halt = 21
// Has no meaning between two requests (RFC 9112 section 2.2), and makes the parser note that the one before is
// complete. Without it, that request would seem unfinished and time out.
export const emptyLine = Buffer.from('\r\n')

export type ParsedRequest = IncomingMessage & { upgrade: boolean }
export type OnIncoming = (request: ParsedRequest, keepsAlive: boolean) => number
export interface HttpParser {
  onIncoming?: OnIncoming
  /** The last request, which receives its body. */
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

/** Whether the parser of this Node.js can be stopped behind a request. `server` must be unused. */
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
  // `pause` does not emit when the stream is paused already, although Node may have restarted its handle.
  socket.emit('pause')
}
