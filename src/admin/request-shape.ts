// Requests that no browser, no Prometheus and no load balancer sends: odd paths, methods and bodies, a second Host. Refused
// before anything else looks at them, so that no two parts of the program can read one request differently.
import type { IncomingMessage } from 'node:http'

export interface AdminRefusal {
  readonly status: number
  /** Says what to do. Never quotes the request. */
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

// Segments of plain characters: nothing encoded, no dots alone, no empty one. What a route needs to know of people stands
// in the query.
const plainTarget =
  /^\/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\/?)?(?:\?[\x21-\x7e]*)?$/

/** Whether the router may see the request-target. */
export function isPlainTarget(url: string): boolean {
  return url.length <= 4_096 && plainTarget.test(url)
}

const oddTarget = {
  status: 400,
  text: 'This path has signs that no page here has; parameters belong behind a question mark.\n',
}
const hosts = { status: 400, text: 'Send exactly one Host header.\n' }
const method = {
  status: 405,
  text: 'Only GET, HEAD and POST are understood here.\n',
  headers: { allow: 'GET, HEAD, POST' },
}
const body = { status: 400, text: 'A GET or HEAD has no body.\n' }
// No browser sends another framing, and it is what request smuggling lives on.
const framing = { status: 400, text: 'Send the length of the body (Content-Length).\n' }

/** `url`: as it was sent. */
export function findShapeRefusal(request: IncomingMessage, url: string): AdminRefusal | undefined {
  if (!isPlainTarget(url)) return oddTarget
  const count = countOf(request.rawHeaders, 'host')
  // HAProxy asks its probes in HTTP/1.0, without a Host. The page needs one.
  if (count > 1 || (count === 0 && request.httpVersion !== '1.0')) return hosts
  if (!['GET', 'HEAD', 'POST'].includes(request.method ?? '')) return method
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if (encoding !== undefined) return framing
  if (request.method !== 'POST' && !/^0+$/.test(length)) return body
  return undefined
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if ((rawHeaders[at] as string).toLowerCase() === name) count++
  }
  return count
}
