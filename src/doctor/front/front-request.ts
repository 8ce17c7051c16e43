// Asks the front: HTTP/1.1, HTTP/1.0 and HTTP/2. Every certificate is verified, and nothing is sent over a connection whose
// certificate is not trusted.
import { request as requestHttp } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { connect as connectTcp, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext, TLSSocket } from 'node:tls'
import { connect as connectTls, createSecureContext } from 'node:tls'
import type { FrontAnswer, FrontReply, FrontTrouble } from './front-answer.ts'
import { maxBodyBytes } from './front-answer.ts'

export type FrontHeaders = Readonly<Record<string, string | readonly string[]>>

export interface FrontPlace {
  /** Scheme, host and port. */
  readonly url: URL
  /** PEM texts that are trusted, in place of Node's. Undefined: Node's. */
  readonly authorities: readonly string[] | undefined
  /** The address of this machine to ask from. Undefined: the system chooses. */
  readonly from: string | undefined
  /** The address to connect to. Undefined: that of the URL's name, which may be another one each time. */
  readonly address?: string | undefined
  /** Milliseconds for a whole answer. Undefined: 10 s. */
  readonly replyMs?: number
}

export interface FrontRequest {
  /** Sent as it is. */
  readonly path: string
  /** A header with several values is sent that many times. */
  readonly headers: FrontHeaders
}

/** Milliseconds after which an answer is given up, unless the place has others. */
const defaultReplyMs = 10_000

function gaveUp({ replyMs = defaultReplyMs }: FrontPlace): FrontTrouble {
  return { code: 'ETIMEDOUT', message: `no whole answer in ${replyMs / 1_000} s` }
}

// From the beginning to the end: a front that sends a byte now and then must not hold doctor.
function limit(place: FrontPlace, stream: Duplex): void {
  const { replyMs = defaultReplyMs } = place
  const { code, message } = gaveUp(place)
  const end = () => stream.destroy(Object.assign(new Error(message), { code }))
  const timer = setTimeout(end, replyMs)
  stream.once('close', () => clearTimeout(timer))
}

/** One request on a connection of its own. Never throws. */
export function askFront(place: FrontPlace, { path, headers }: FrontRequest): Promise<FrontReply> {
  const { url, authorities, from, address = hostOf(url) } = place
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise(resolve => {
    const options = {
      ...{ host: address, port: portOf(url), path, agent: false as const },
      headers: { host: url.host, ...mutable(headers) },
      signal: AbortSignal.timeout(place.replyMs ?? defaultReplyMs),
      ...(from === undefined ? {} : { localAddress: from }),
      ...trusting(authorities),
      ...(isIP(hostOf(url)) === 0 ? { servername: url.hostname } : {}),
    }
    const asking = request(options, response => {
      const { localAddress, remoteAddress } = response.socket
      const certificate = certificateOf(response.socket)
      const status = response.statusCode ?? 0
      const joined = joinHeaders(response.rawHeaders)
      collect(response, body => {
        resolve({ status, headers: joined, body, localAddress, remoteAddress, certificate })
        response.destroy()
      })
      response.on('error', error => resolve(troubleOf(error, place)))
    })
    asking.on('error', error => resolve(troubleOf(error, place)))
    asking.end()
  })
}

/** The same in HTTP/1.0, which has no keep-alive and knows no chunks. */
export function askHttp10(place: FrontPlace, { path, headers }: FrontRequest): Promise<FrontReply> {
  const lines = [`GET ${path} HTTP/1.0`, `Host: ${place.url.host}`]
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value].flat()) lines.push(`${name}: ${each}`)
  }
  return new Promise(resolve => {
    const socket = openSocket(place, ['http/1.1'])
    limit(place, socket)
    socket.on('error', error => resolve(troubleOf(error, place)))
    socket.once('secureConnect', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
    if (place.url.protocol === 'http:') socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
    collect(socket, bytes => {
      socket.destroy()
      resolve(parseAnswer(bytes, socket))
    })
  })
}

/** The same over HTTP/2. Undefined: the front does not offer it, as it is with http://. */
export function askHttp2(
  place: FrontPlace,
  { path, headers }: FrontRequest,
): Promise<FrontReply | undefined> {
  const { url } = place
  if (url.protocol !== 'https:') return Promise.resolve(undefined)
  return new Promise(resolve => {
    const socket = openSocket(place, ['h2', 'http/1.1'])
    limit(place, socket)
    socket.on('error', error => resolve(troubleOf(error, place)))
    socket.once('secureConnect', () => {
      if ((socket as Socket & { alpnProtocol?: string }).alpnProtocol !== 'h2') {
        socket.destroy()
        resolve(undefined)
        return
      }
      const session = connectHttp2(url.origin, { createConnection: () => socket })
      session.on('error', error => resolve(troubleOf(error, place)))
      const stream = session.request({ ':path': path, ...mutable(headers) })
      limit(place, stream)
      stream.on('error', error => resolve(troubleOf(error, place)))
      stream.on('response', ({ ':status': status = 0, ...fields }) => {
        const pairs = Object.entries(fields).flatMap(([name, value]) => [name, String(value)])
        const { localAddress, remoteAddress } = socket
        collect(stream, body => {
          session.destroy()
          resolve({ status, headers: joinHeaders(pairs), body, localAddress, remoteAddress })
        })
      })
      stream.end()
    })
  })
}

function openSocket(place: FrontPlace, protocols: readonly string[]): Socket {
  const { url, authorities, from, address = hostOf(url) } = place
  const at = {
    ...{ host: address, port: portOf(url) },
    ...(from === undefined ? {} : { localAddress: from }),
  }
  if (url.protocol === 'http:') return connectTcp(at)
  return connectTls({
    ...at,
    ALPNProtocols: [...protocols],
    ...trusting(authorities),
    ...(isIP(hostOf(url)) === 0 ? { servername: url.hostname } : {}),
  })
}

// Made once: to read the hundreds of certificates of a system takes a tenth of a second.
const contexts = new WeakMap<readonly string[], SecureContext>()

function trusting(authorities: readonly string[] | undefined): { secureContext?: SecureContext } {
  if (authorities === undefined) return {}
  const secureContext = contexts.get(authorities) ?? createSecureContext({ ca: [...authorities] })
  contexts.set(authorities, secureContext)
  return { secureContext }
}

/** Without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80))
}

function mutable(headers: FrontHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  )
}

// Calls back once: at the end, or when there is more than is read.
function collect(stream: NodeJS.ReadableStream, onEnd: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  let isOver = false
  const end = () => {
    if (isOver) return
    isOver = true
    onEnd(Buffer.concat(chunks))
  }
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (!isOver) chunks.push(chunk)
    if (length > maxBodyBytes) end()
  })
  stream.on('end', end)
}

function joinHeaders(raw: readonly string[]): Record<string, string> {
  const joined = new Map<string, string>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase()
    const before = joined.get(name)
    const value = raw[at + 1] as string
    joined.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(joined)
}

function parseAnswer(bytes: Buffer, { localAddress, remoteAddress }: Socket): FrontReply {
  if (bytes.length === 0) {
    return { code: 'ECONNRESET', message: 'the connection was closed without an answer' }
  }
  const end = bytes.indexOf('\r\n\r\n')
  const [first = '', ...lines] = bytes.toString('latin1', 0, Math.max(end, 0)).split('\r\n')
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(first) ?? []
  if (status === undefined) {
    return { code: 'NO_HTTP', message: 'what came is not an answer of HTTP/1' }
  }
  const pairs = lines.flatMap(line => {
    const colon = line.indexOf(':')
    return colon < 1 ? [] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const answer: FrontAnswer = {
    status: Number(status),
    headers: joinHeaders(pairs),
    body: bytes.subarray(end + 4),
    localAddress,
    remoteAddress,
  }
  return answer
}

function certificateOf(socket: Socket): FrontAnswer['certificate'] {
  if (!('getPeerCertificate' in socket)) return undefined
  const { valid_from: from, valid_to: to } = (socket as TLSSocket).getPeerCertificate()
  return { fromMs: Date.parse(from), untilMs: Date.parse(to) }
}

function troubleOf(error: Error, place: FrontPlace): FrontTrouble {
  const { code, name, message } = error as NodeJS.ErrnoException
  return name === 'TimeoutError' || name === 'AbortError'
    ? gaveUp(place)
    : { code: code ?? name, message }
}
