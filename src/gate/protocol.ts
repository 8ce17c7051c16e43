// Which protocol a request speaks. Node's parser takes HTTP/0.9 and HTTP/2.0 for HTTP/1, and RTSP, of which it
// tells the version alone.
import type { IncomingMessage } from 'node:http'
import { METHODS } from 'node:http'
import type { Socket } from 'node:net'

/** Not in Node's manual: what has been read and is being parsed. */
type ServerSocket = Socket & {
  readonly parser?: { getCurrentBuffer?(): Buffer | undefined } | null
}

/**
 * HTTP/1.1 or HTTP/1.0. To be asked while the request's head is parsed. RTSP's own methods are always told;
 * its GET only in the first request of a connection whose head came in one piece: those are the bytes at hand.
 */
export function isHttp1(
  { httpVersion, method, socket }: IncomingMessage,
  isFirst: boolean,
): boolean {
  if (!isHttpMethod(method) || (httpVersion !== '1.1' && httpVersion !== '1.0')) return false
  return !isFirst || !beginsWithRtsp((socket as ServerSocket).parser?.getCurrentBuffer?.())
}

const httpMethods: ReadonlySet<string | undefined> = new Set(METHODS)

/** Not one of RTSP, such as PLAY. */
export function isHttpMethod(method: string | undefined): boolean {
  return httpMethods.has(method)
}

function beginsWithRtsp(bytes: Buffer | undefined): boolean {
  if (bytes === undefined) return false
  let start = 0
  while (bytes[start] === 13 || bytes[start] === 10) start++
  const end = bytes.indexOf(10, start)
  // The version is the last of the line.
  return (
    end > 0 && / RTSP\/[\d.]+ *\r?$/.test(bytes.toString('latin1', Math.max(start, end - 20), end))
  )
}
