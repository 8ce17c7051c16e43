// TLS before the gate. The gate's server accepts a connection, its first bytes are read here, the handshake is made, and
// the gate gets the decrypted connection as if it had come so. Node's https.Server would hide what the client offered,
// and could not be given other settings as a whole.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ClientAuthority, TlsSettings } from '../../config/listen/settings.ts'
import { refusedProof } from '../../evidence/front-proof.ts'
import { noteProof } from '../../gate/arrival.ts'
import type { FirstBytes } from './client-hello.ts'
import { maxHelloBytes, readFirstBytes } from './client-hello.ts'
import type { HandshakeAttempt, HandshakeAttempts } from './handshake-attempts.ts'
import { openAttempts, tooMany } from './handshake-attempts.ts'
import { clientCertificateRefused, explainFailure, httpWithoutTls } from './handshake-failure.ts'
import type { HandshakeReports } from './handshake-reports.ts'
import type { HandshakeTurns } from './handshake-turns.ts'
import { peerSiteOf } from './peer-site.ts'
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
  /**
   * Gets ready for other settings. The function that it returns never throws: with it, connections that begin from then
   * on get them, and those that are open keep theirs.
   * @throws Error when OpenSSL refuses them
   */
  prepare(settings: TlsSettings): () => void
  /** Ends the handshakes under way, and refuses new ones. */
  close(): void
}

/** Takes over the connections of the gate's server. Call it before the server listens. */
export function openTlsDoor(server: Server, options: TlsDoorOptions): TlsDoor {
  const attempts = openAttempts(options)
  // What Node.js documents: users may emit 'connection' themselves, at servers of TLS and of HTTP.
  const emit = server.emit.bind(server)
  const handOver = (socket: TLSSocket) => {
    if (isClosed) socket.destroy()
    else emit('connection', socket)
  }
  const build = (settings: TlsSettings) => ({
    settings,
    find: buildServers(settings, { attempts, handOver }),
  })
  let current = build(options.settings)
  let isClosed = false
  // Clients of HTTP without TLS that are being told.
  const refused = new Set<Socket>()

  server.emit = (event: string, ...args: unknown[]) => {
    if (event !== 'connection') return emit(event, ...args)
    const raw = args[0] as Socket
    if (isClosed) raw.destroy()
    else {
      const attempt = attempts.begin(raw, current.settings)
      const { find } = current
      readHello(raw, first => {
        attempt.first = first
        shakeHands(attempt, { ...options, attempts, find, refused })
      })
    }
    return true
  }

  return {
    prepare: settings => {
      const next = build(settings)
      return () => {
        current = next
      }
    },
    close: () => {
      isClosed = true
      attempts.destroyAll()
      for (const raw of refused) raw.destroy()
    },
  }
}

interface ServerParts {
  readonly attempts: HandshakeAttempts
  handOver(socket: TLSSocket): void
}

/** Servers of TLS that end attempts, and hand over the sockets of those that succeed. */
function buildServers(settings: TlsSettings, { attempts, handOver }: ServerParts): FindTlsServer {
  return buildTlsServers(settings, server => {
    server.on('secureConnection', socket => {
      const attempt = attempts.find(socket)
      if (attempt === undefined || !attempts.end(attempt)) return void socket.destroy()
      // With TLS 1.3 a client refuses the certificate when for the server the handshake is over already.
      socket.on('error', (error: NodeJS.ErrnoException) => {
        const failure = explainFailure({ ...attempt, error })
        if (failure.reason === 'certificate-refused-by-client') attempts.report(attempt, failure)
      })
      proveFront(socket, attempt, attempts)
      handOver(socket)
    })
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const attempt = attempts.find(socket)
      const { authorizationError } = socket
      const failure = authorizationError
        ? clientCertificateRefused(String(authorizationError))
        : attempt && explainFailure({ ...attempt, error })
      if (attempt !== undefined && failure !== undefined) attempts.fail(attempt, failure)
      socket.destroy()
    })
  })
}

/** Notes a certificate that the listener's authority has verified. */
function proveFront(
  socket: TLSSocket,
  attempt: HandshakeAttempt,
  attempts: HandshakeAttempts,
): void {
  const { clientAuthority } = attempt.settings
  const certificate = clientAuthority && socket.getPeerX509Certificate()
  if (clientAuthority === undefined || certificate === undefined) return
  const { authorized, authorizationError } = socket
  if (authorized) {
    const authorities = authoritiesOf(socket, clientAuthority)
    noteProof(socket, { kind: 'certificate', certificate, authorities })
    if (attempt.peer !== undefined) attempts.proven.set(attempt.peer, true)
  } else {
    // Let in, but not as the client that its address is: it is a front whose certificate has expired, most likely.
    noteProof(socket, refusedProof)
    attempts.report(attempt, clientCertificateRefused(String(authorizationError)))
  }
}

// A session that is resumed has lost the intermediates: then it may be any of the authorities.
function authoritiesOf(socket: TLSSocket, { fingerprints }: ClientAuthority): readonly string[] {
  let last = socket.getPeerCertificate(true)
  while (last.issuerCertificate !== undefined && last.issuerCertificate !== last) {
    last = last.issuerCertificate
  }
  return fingerprints.includes(last.fingerprint256) ? [last.fingerprint256] : fingerprints
}

interface ShakeParts extends Pick<TlsDoorOptions, 'turns' | 'isFront' | 'handshakeMs'> {
  readonly attempts: HandshakeAttempts
  readonly find: FindTlsServer
  readonly refused: Set<Socket>
}

/** Begins the handshake, now or in its turn. */
function shakeHands(attempt: HandshakeAttempt, parts: ShakeParts): void {
  const { attempts, turns, find, isFront } = parts
  const { raw, peer, first } = attempt
  if (first.kind === 'http') {
    attempts.fail(attempt, httpWithoutTls)
    parts.refused.add(raw)
    raw.once('close', () => parts.refused.delete(raw))
    refusePlainHttp(raw, parts.handshakeMs())
    return
  }
  attempt.isWaiting = true
  const start = () => {
    attempt.isWaiting = false
    if (raw.destroyed) return
    find(first.kind === 'hello' ? first.hello.serverName : undefined).emit('connection', raw)
  }
  if (isFront(peer ?? '') || attempts.proven.has(peer ?? '')) start()
  else if (!turns.take(peerSiteOf(peer), start)) {
    attempts.fail(attempt, tooMany)
    raw.destroy()
  }
}

const plainHttpAnswer =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 38\r\nConnection: close\r\n\r\nThis port speaks TLS: write https:// \r\n'

function refusePlainHttp(raw: Socket, maxMs: number): void {
  raw.end(plainHttpAnswer)
  const timer = setTimeout(() => raw.destroy(), maxMs)
  raw.once('close', () => clearTimeout(timer))
  // Read to the end, or the client would see a reset in the place of the answer.
  raw.resume()
}

/** Calls back once, with what the first bytes are, and leaves these bytes unread. Not when the client leaves before. */
function readHello(raw: Socket, done: (first: FirstBytes) => void): void {
  const chunks: Buffer[] = []
  let count = 0
  let neededBytes = 1
  // The client has ended its side before the hello was whole: nothing will come.
  const leave = () => raw.destroy()
  const take = (chunk: Buffer) => {
    chunks.push(chunk)
    count += chunk.length
    if (count < neededBytes) return
    const bytes = Buffer.concat(chunks.splice(0))
    const first = readFirstBytes(bytes)
    if (first.kind === 'partial' && count < maxHelloBytes) {
      neededBytes = first.neededBytes
      chunks.push(bytes)
      return
    }
    raw.off('data', take)
    raw.off('end', leave)
    raw.pause()
    raw.unshift(bytes)
    done(first)
  }
  raw.on('data', take)
  raw.on('end', leave)
}
