// TLS before the gate. The gate's server accepts a connection, its first bytes are read here, the handshake is made, and
// the gate gets the decrypted connection as if it had come so. Node's https.Server would hide what the client offered,
// and could not be given other settings as a whole.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { TlsSettings } from '../../config/listen/settings.ts'
import { noteProof } from '../../gate/arrival.ts'
import { parseNetworkAddress, siteOf } from '../../policy/network-address.ts'
import type { FirstBytes } from './client-hello.ts'
import { maxHelloBytes, readFirstBytes } from './client-hello.ts'
import type { HandshakeFailure } from './handshake-failure.ts'
import { clientCertificateRefused, explainFailure } from './handshake-failure.ts'
import type { HandshakeReports } from './handshake-reports.ts'
import type { HandshakeTurns } from './handshake-turns.ts'
import type { FindTlsServer } from './tls-servers.ts'
import { buildTlsServers } from './tls-servers.ts'

export interface TlsDoorOptions {
  readonly settings: TlsSettings
  readonly reports: HandshakeReports
  readonly turns: HandshakeTurns
  /** Milliseconds for a handshake, from the connection on. Asked for each connection. */
  handshakeMs(): number
  /** Whether the peer is a front in `proxies`: its handshakes are those of many clients, and never wait. */
  isFront(peer: string): boolean
}

export interface TlsDoor {
  /** Connections that begin from now on get these settings; those that are open keep theirs. */
  apply(settings: TlsSettings): void
  /** Ends the handshakes under way, and refuses new ones. */
  close(): void
}

/** A connection whose handshake is not over. */
interface HandshakeAttempt {
  first: FirstBytes
  readonly peer: string | undefined
  readonly settings: TlsSettings
}

const plainHttpAnswer =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 38\r\nConnection: close\r\n\r\nThis port speaks TLS: write https:// \r\n'

/** Takes over the connections of the gate's server. Call it before the server listens. */
export function openTlsDoor(server: Server, options: TlsDoorOptions): TlsDoor {
  const { reports, turns } = options
  const attempts = new WeakMap<Socket, HandshakeAttempt>()
  const pending = new Set<Socket>()
  // What Node.js documents: users may emit 'connection' themselves, at servers of TLS and of HTTP.
  const emit = server.emit.bind(server)
  let settings = options.settings
  let find = buildTls(settings)
  let isClosed = false

  function report(failure: HandshakeFailure, { peer, first, settings }: HandshakeAttempt): void {
    // A monitor that connects and leaves is not worth a line.
    if (failure.reason === 'client-gone' && first.kind === 'partial') return
    reports.report({ ...failure, peer, first, settings })
  }

  function buildTls(settings: TlsSettings): FindTlsServer {
    return buildTlsServers(settings, server => {
      server.on('secureConnection', socket => admit(socket, settings))
      server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => fail(error, socket))
    })
  }

  function admit(socket: TLSSocket, settings: TlsSettings): void {
    const raw = rawOf(socket)
    const attempt = attempts.get(raw) ?? { first: { kind: 'partial' }, peer: undefined, settings }
    pending.delete(raw)
    if (isClosed) return void socket.destroy()
    // With TLS 1.3 a client refuses the certificate when for the server the handshake is over already.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('ERR_SSL_')) report(explainFailure({ ...attempt, error }), attempt)
    })
    const { clientAuthority } = settings
    if (clientAuthority !== undefined) {
      const certificate = socket.getPeerX509Certificate()
      const { authorized, authorizationError } = socket
      if (authorized && certificate !== undefined) {
        noteProof(socket, { kind: 'certificate', certificate, authority: clientAuthority.id })
      } else if (certificate !== undefined) {
        report(clientCertificateRefused(String(authorizationError)), attempt)
      }
    }
    emit('connection', socket)
  }

  function fail(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const raw = rawOf(socket)
    const attempt = attempts.get(raw)
    if (pending.delete(raw) && attempt !== undefined && !isClosed) {
      const { authorizationError } = socket
      const failure = authorizationError
        ? clientCertificateRefused(String(authorizationError))
        : explainFailure({ ...attempt, error })
      report(failure, attempt)
    }
    socket.destroy()
  }

  function begin(raw: Socket): void {
    const attempt: HandshakeAttempt = {
      first: { kind: 'partial' },
      peer: raw.remoteAddress,
      settings,
    }
    attempts.set(raw, attempt)
    pending.add(raw)
    const timer = setTimeout(() => {
      if (!pending.delete(raw)) return
      report(timeoutOf(attempt.first), attempt)
      raw.destroy()
    }, options.handshakeMs())
    raw.once('close', () => {
      clearTimeout(timer)
      // The socket of TLS closes after it, and may know why.
      setImmediate(() => {
        if (pending.delete(raw)) report(explainFailure({ ...attempt, error: gone }), attempt)
      })
    })
    raw.on('error', () => {})
    readHello(raw, first => {
      attempt.first = first
      if (first.kind === 'http') return refusePlainHttp(raw, attempt)
      const client = clientOf(attempt.peer)
      const start = () => {
        if (raw.destroyed || isClosed) return
        find(first.kind === 'hello' ? first.hello.serverName : undefined).emit('connection', raw)
      }
      if (options.isFront(attempt.peer ?? '')) start()
      else if (!turns.take(client, start)) {
        pending.delete(raw)
        report(tooMany, attempt)
        raw.destroy()
      }
    })
  }

  function refusePlainHttp(raw: Socket, attempt: HandshakeAttempt): void {
    pending.delete(raw)
    report(explainFailure({ ...attempt, error: gone }), attempt)
    raw.end(plainHttpAnswer)
    raw.resume()
    raw.setTimeout(options.handshakeMs(), () => raw.destroy())
  }

  server.emit = (event: string, ...args: unknown[]) => {
    if (event !== 'connection') return emit(event, ...args)
    if (isClosed) (args[0] as Socket).destroy()
    else begin(args[0] as Socket)
    return true
  }

  return {
    apply: next => {
      settings = next
      find = buildTls(next)
    },
    close: () => {
      isClosed = true
      for (const raw of pending) raw.destroy()
      pending.clear()
    },
  }
}

const gone = { code: 'ECONNRESET', message: 'the client left' }

const tooMany: HandshakeFailure = {
  reason: 'too-many',
  text: 'too many handshakes of this client wait for their turn; if it is a front, add it to proxies and let it keep its connections open',
}

function timeoutOf(first: FirstBytes): HandshakeFailure {
  const what = first.kind === 'partial' ? 'did not begin it' : 'did not end it'
  return {
    reason: 'timeout',
    text: `the client ${what} in time (timeouts.headers); it may be a monitor that only connects, or an attack`,
  }
}

function clientOf(peer: string | undefined): string {
  const address = parseNetworkAddress(peer ?? '')
  return address === undefined ? 'unknown' : siteOf(address)
}

// Node.js keeps the socket below a TLS socket, and does not describe it. Seen in 20, 22, 24 and 26.
function rawOf(socket: TLSSocket): Socket {
  return (socket as TLSSocket & { readonly _parent: Socket })._parent
}

/** Calls back once, with what the first bytes are, and leaves these bytes unread. Not when the client leaves before. */
function readHello(raw: Socket, done: (first: FirstBytes) => void): void {
  let bytes: Buffer | undefined
  const take = (chunk: Buffer) => {
    bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk])
    const first = readFirstBytes(bytes)
    if (first.kind === 'partial' && bytes.length < maxHelloBytes) return
    raw.off('data', take)
    raw.pause()
    raw.unshift(bytes)
    done(first)
  }
  raw.on('data', take)
}
