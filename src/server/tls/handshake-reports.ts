// Log lines on failed handshakes: one a minute for each client and reason, because a client that fails tries again at
// once, and a scanner would fill the log.
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { cipherNameOf } from '../../config/listen/cipher-suites.ts'
import type { TlsSettings } from '../../config/listen/settings.ts'
import type { ClientHello, FirstBytes } from './client-hello.ts'
import type { HandshakeFailure } from './handshake-failure.ts'
import { allowedVersions, versionNameOf } from './handshake-failure.ts'
import { peerSiteOf } from './peer-site.ts'

export interface FailedHandshake extends HandshakeFailure {
  /** The address of the socket; undefined when the client had left before it was read. */
  readonly peer: string | undefined
  readonly first: FirstBytes
  readonly settings: TlsSettings
}

export interface HandshakeReports {
  report(failed: FailedHandshake): void
}

export interface HandshakeReportLimits {
  /** Milliseconds before the same reason of the same client (IPv6: its /64) is logged again. */
  readonly quietMs: number
  /** Lines in a second for all clients together. */
  readonly perSecond: number
  /** Pairs of client and reason that are remembered. */
  readonly maxClients: number
}

const defaults: HandshakeReportLimits = { quietMs: 60_000, perSecond: 20, maxClients: 10_000 }

interface FailureCount {
  /** Since the last line. */
  unlogged: number
  quietUntilMs: number
}

/** `now`: milliseconds of a clock that is never set back. */
export function buildHandshakeReports(
  logger: Pick<Logger, 'warn'>,
  {
    now = () => performance.now(),
    limits = defaults,
  }: { now?: () => number; limits?: HandshakeReportLimits } = {},
): HandshakeReports {
  const counts = new LRUCache<string, FailureCount>({ max: limits.maxClients })
  let second = -Infinity
  let lines = 0
  let unlogged = 0

  // Many clients together must not fill the log either.
  function hasRoom(nowMs: number): boolean {
    if (nowMs - second >= 1_000) {
      if (unlogged > 0) {
        logger.warn(
          { unlogged },
          `${unlogged} more TLS handshakes of other clients have failed within a second; they are not logged one by one`,
        )
      }
      second = nowMs
      lines = 0
      unlogged = 0
    }
    lines++
    if (lines <= limits.perSecond) return true
    unlogged++
    return false
  }

  return {
    report: failed => {
      const nowMs = now()
      const key = `${failed.reason} ${peerSiteOf(failed.peer)}`
      const count = counts.get(key) ?? { unlogged: 0, quietUntilMs: -Infinity }
      counts.set(key, count)
      if (nowMs < count.quietUntilMs) {
        count.unlogged++
        return
      }
      if (!hasRoom(nowMs)) return
      logger.warn(detailsOf(failed, count.unlogged), `TLS handshake failed: ${failed.text}`)
      count.unlogged = 0
      count.quietUntilMs = nowMs + limits.quietMs
    },
  }
}

function detailsOf(failed: FailedHandshake, unlogged: number) {
  const { reason, peer, first } = failed
  const hello = first.kind === 'hello' ? first.hello : undefined
  return {
    reason,
    peer: peer ?? null,
    ...(hello === undefined ? {} : { serverName: hello.serverName ?? null }),
    ...comparisonOf(failed, hello),
    ...(unlogged > 0 ? { unlogged } : {}),
  }
}

// Only where they are the cause: the lists are long.
function comparisonOf({ reason, settings }: FailedHandshake, hello: ClientHello | undefined) {
  if (reason === 'no-shared-version') {
    const offered = hello === undefined ? {} : listUpTo(hello.versions.map(versionNameOf))
    return { ...offered, allowed: allowedVersions(settings).map(versionNameOf) }
  }
  if (reason === 'no-shared-cipher') {
    const offered = hello === undefined ? {} : listUpTo(hello.ciphers.map(cipherNameOf))
    return { ...offered, allowed: settings.cipherNames }
  }
  return {}
}

// A hello of 64 KiB offers 32,000 suites.
const maxListed = 64

function listUpTo(names: readonly string[]) {
  const more = names.length - maxListed
  return { offered: names.slice(0, maxListed), ...(more > 0 ? { offeredMore: more } : {}) }
}
