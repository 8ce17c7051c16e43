// Which protocol a request speaks. Node's parser accepts HTTP/0.9, HTTP/2.0 and RTSP as HTTP/1, and reports only the
// version number.
import type { IncomingMessage } from 'node:http'
import { METHODS } from 'node:http'
import type { ServerSocket } from './parser-halt.ts'

/** What a connection remembers: the request lines of RTSP in the bytes that were read last. */
export interface RtspLines {
  /** `socket.bytesRead` at the last search. */
  bytesRead: number
  /** Their request-targets; undefined when there are none. */
  targets: readonly string[] | undefined
}

export function noRtspLines(): RtspLines {
  return { bytesRead: -1, targets: undefined }
}

/**
 * HTTP/1.1 or HTTP/1.0. Call it while the request's head is parsed. RTSP's own methods are always recognised; its
 * GET, POST and OPTIONS only when the request line is in the same read as the end of the head.
 */
export function isHttp1(
  { httpVersion, method, socket, url }: IncomingMessage,
  lines: RtspLines,
): boolean {
  if (!isHttpMethod(method) || (httpVersion !== '1.1' && httpVersion !== '1.0')) return false
  const { bytesRead } = socket
  // Once for all requests of one read.
  if (bytesRead !== lines.bytesRead) {
    lines.bytesRead = bytesRead
    lines.targets = findRtsp((socket as ServerSocket).parser?.getCurrentBuffer?.())
  }
  return !lines.targets?.includes(url as string)
}

const httpMethods: ReadonlySet<string | undefined> = new Set(METHODS)

/** False for methods of RTSP, such as PLAY. */
export function isHttpMethod(method: string | undefined): boolean {
  return httpMethods.has(method)
}

// No header line can match.
const rtspLine = /^[A-Z_]+ +([^ \r\n]+) +RTSP\/[\d.]+ *\r?$/gm

function findRtsp(bytes: Buffer | undefined): readonly string[] | undefined {
  if (bytes === undefined || bytes.indexOf(' RTSP/') < 0) return undefined
  return [...bytes.toString('latin1').matchAll(rtspLine)].map(([, target = '']) => target)
}

/** Whether the request has a body that is not empty. */
export function hasContent({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return (length !== undefined && length !== '0') || coding !== undefined
}
