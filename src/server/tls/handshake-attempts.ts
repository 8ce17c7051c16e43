// Connections whose handshake is not over: each has a clock that bytes of the client do not wind up, and at most one line
// in the log.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { LRUCache } from 'lru-cache'
import type { TlsSettings } from '../../config/listen/settings.ts'
import type { FirstBytes } from './client-hello.ts'
import { nothing } from './client-hello.ts'
import type { HandshakeFailure } from './handshake-failure.ts'
import { explainFailure } from './handshake-failure.ts'
import type { HandshakeReports } from './handshake-reports.ts'

export interface HandshakeAttempt {
  readonly raw: Socket
  /** The address of the socket; undefined when the client had left before it was read. */
  readonly peer: string | undefined
  readonly settings: TlsSettings
  /** What is known of the first bytes so far. */
  first: FirstBytes
  /** The hello is here, and the handshake waits for its turn. */
  isWaiting: boolean
}

export interface HandshakeAttempts {
  /** Starts the clock of a connection that has just come. */
  begin(raw: Socket, settings: TlsSettings): HandshakeAttempt
  /** That of a socket of TLS, also after it has ended. */
  find(socket: TLSSocket): HandshakeAttempt | undefined
  /** The handshake is over. False: it was before. */
  end(attempt: HandshakeAttempt): boolean
  /** The same, with a line in the log unless it was over before. */
  fail(attempt: HandshakeAttempt, failure: HandshakeFailure): void
  /** A line in the log, whether it was over or not. */
  report(attempt: HandshakeAttempt, failure: HandshakeFailure): void
  /** Addresses from which a verified certificate came: fronts, whose handshakes are those of many clients. */
  readonly proven: LRUCache<string, true>
  /** Ends all without a word. */
  destroyAll(): void
}

export interface HandshakeAttemptsOptions {
  readonly reports: HandshakeReports
  /** Milliseconds for a handshake, from the connection on. Asked for each connection. */
  handshakeMs(): number
}

export const tooMany: HandshakeFailure = {
  reason: 'too-many',
  text: 'too many handshakes of this client wait for their turn; if it is a front, name its address in proxies and let it keep its connections open',
}

const maxProven = 1_000

const gone = { code: 'ECONNRESET', message: 'the client left' }

export function openAttempts({
  reports,
  handshakeMs,
}: HandshakeAttemptsOptions): HandshakeAttempts {
  const attempts = new WeakMap<Socket, HandshakeAttempt>()
  const timers = new Map<HandshakeAttempt, NodeJS.Timeout>()

  function end(attempt: HandshakeAttempt): boolean {
    clearTimeout(timers.get(attempt))
    return timers.delete(attempt)
  }

  function report({ peer, first, settings }: HandshakeAttempt, failure: HandshakeFailure): void {
    // A monitor that connects and leaves is not worth a line.
    if (failure.reason === 'client-gone' && first.kind === 'partial') return
    reports.report({ ...failure, peer, first, settings })
  }

  function fail(attempt: HandshakeAttempt, failure: HandshakeFailure): void {
    if (end(attempt)) report(attempt, failure)
  }

  return {
    begin: (raw, settings) => {
      const peer = raw.remoteAddress
      const attempt: HandshakeAttempt = { raw, peer, settings, first: nothing, isWaiting: false }
      attempts.set(raw, attempt)
      const timer = setTimeout(() => {
        fail(attempt, timeoutOf(attempt))
        raw.destroy()
      }, handshakeMs())
      timers.set(attempt, timer)
      raw.on('error', () => {})
      raw.once('close', () => {
        // The socket of TLS closes after it, and may know why.
        setImmediate(() => fail(attempt, explainFailure({ ...attempt, error: gone })))
      })
      return attempt
    },
    find: socket => attempts.get(rawOf(socket)),
    ...{ end, fail, report },
    proven: new LRUCache<string, true>({ max: maxProven }),
    destroyAll: () => {
      const all = [...timers.keys()]
      for (const attempt of all) end(attempt)
      for (const { raw } of all) raw.destroy()
    },
  }
}

function timeoutOf({ first, isWaiting }: HandshakeAttempt): HandshakeFailure {
  if (isWaiting) return tooMany
  const what = first.kind === 'partial' ? 'did not begin it' : 'did not end it'
  return {
    reason: 'timeout',
    text: `the client ${what} in time (timeouts.headers); it may be a monitor that only connects, or an attack`,
  }
}

// Node.js keeps the socket below a TLS socket, and does not describe it. Seen in 20, 22, 24 and 26.
function rawOf(socket: TLSSocket): Socket {
  return (socket as TLSSocket & { readonly _parent: Socket })._parent
}
