// Which protocol a request speaks. Node's parser takes HTTP/0.9 and HTTP/2.0 for HTTP/1, and RTSP, of which it
// tells the version alone.
import type { IncomingMessage } from 'node:http'
import { METHODS } from 'node:http'
import type { ServerSocket } from './parser-halt.ts'

/** What is remembered of a connection: the request lines of RTSP in what was read last. */
export interface RtspLines {
  /** Of the connection, when they were looked for. */
  bytesRead: number
  /** Their request-targets; undefined: there are none. */
  targets: readonly string[] | undefined
}

export function noRtspLines(): RtspLines {
  return { bytesRead: -1, targets: undefined }
}

/**
 * HTTP/1.1 or HTTP/1.0. To be asked while the request's head is parsed. RTSP's own methods are always told;
 * its GET, POST and OPTIONS only in a request whose line came with the end of its head: those are the bytes at hand.
 */
export function isHttp1(
  { httpVersion, method, socket, url }: IncomingMessage,
  lines: RtspLines,
): boolean {
  if (!isHttpMethod(method) || (httpVersion !== '1.1' && httpVersion !== '1.0')) return false
  const { bytesRead } = socket
  // Once for all requests that came in one piece.
  if (bytesRead !== lines.bytesRead) {
    lines.bytesRead = bytesRead
    lines.targets = findRtsp((socket as ServerSocket).parser?.getCurrentBuffer?.())
  }
  return !lines.targets?.includes(url as string)
}

const httpMethods: ReadonlySet<string | undefined> = new Set(METHODS)

/** Not one of RTSP, such as PLAY. */
export function isHttpMethod(method: string | undefined): boolean {
  return httpMethods.has(method)
}

// No line of a header looks like it.
const rtspLine = /^[A-Z_]+ +([^ \r\n]+) +RTSP\/[\d.]+ *\r?$/gm

function findRtsp(bytes: Buffer | undefined): readonly string[] | undefined {
  if (bytes === undefined || bytes.indexOf(' RTSP/') < 0) return undefined
  return [...bytes.toString('latin1').matchAll(rtspLine)].map(([, target = '']) => target)
}

/** Whether a request has a body that is not empty. */
export function hasContent({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return (length !== undefined && length !== '0') || coding !== undefined
}
