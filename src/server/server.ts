// A running gate: its listeners, its photos, and the value that a reload replaces. Reads no configuration.
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Listen, TlsSettings } from '../config/listen/settings.ts'
import type { LogSettings, PhotoSettings, Settings, ShadowSettings } from '../config/settings.ts'
import { clientDoubts } from '../evidence/client-address.ts'
import type { AccessSink } from '../gate/access-record.ts'
import { buildGate } from '../gate/gate.ts'
import type { GateState } from '../gate/state.ts'
import { buildGateState } from '../gate/state.ts'
import { setTimeouts } from '../gate/timeouts.ts'
import type { CacheCounts } from '../photo/library-facts.ts'
import type { PhotoLibrary } from '../photo/photo-library.ts'
import { openPhotoLibrary } from '../photo/photo-library.ts'
import type { ClientDoubt } from '../policy/condition.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { ServeActions } from './admin-actions.ts'
import { buildAdminActions } from './admin-actions.ts'
import type { AdminListener } from './admin-listener.ts'
import {
  buildSources,
  certifiedOf,
  countGuests,
  countHandshakes,
  joinSinks,
} from './admin-sources.ts'
import { openGuestLedger } from './guest-ledger.ts'
import { buildGuestReports } from './guest-reports.ts'
import type { Listeners } from './listeners.ts'
import { openListeners } from './listeners.ts'
import type { RunHistory } from './run-history.ts'
import { buildRunHistory } from './run-history.ts'
import { watchExpiry } from './tls/expiry-watch.ts'
import type { HandshakeReports } from './tls/handshake-reports.ts'
import { buildHandshakeReports } from './tls/handshake-reports.ts'
import { buildHandshakeTurns } from './tls/handshake-turns.ts'
import type { TlsDoor } from './tls/tls-door.ts'
import { openTlsDoor } from './tls/tls-door.ts'

export interface Server {
  /** One for each address, without a trailing slash. */
  readonly urls: readonly string[]
  /** Those of the admin listener; empty without one. */
  readonly adminUrls: readonly string[]
  /** The next request sees these settings. Waits for the photos of another directory to be indexed first. */
  apply(settings: Settings): Promise<void>
  /** Judges along by another next configuration from the next request on. Changes nothing else. */
  exchangeShadow(shadow: ShadowSettings): void
  /** Stops listening and waits for requests under way. */
  close(): Promise<void>
}

export interface ServerLog {
  readonly logger: Logger
  /** Gets every request. */
  readonly access: AccessSink
  /** As of ProgramLog. Undefined: a reload leaves the log as it is. */
  prepare?(settings: LogSettings): () => void
}

export interface ServerFacts {
  /** Gets what is seen of guests, handshakes and the server's own phase. Undefined: nobody asks. */
  readonly run?: RunHistory
  /** Of the program, for inventories. */
  readonly version?: string | undefined
  /** What the admin page can ask for, read anew each time. Undefined: nothing but what the server itself can do. */
  readonly actions?: ServeActions
}

// Milliseconds before the same doubt is logged again.
const quietMs = 60_000
// Milliseconds for which the first scan may delay listening.
const firstScanMs = 1_000
// Milliseconds for which a reload waits for another directory. Old photos are served until then.
const newPhotosMs = 30_000
// Peers with a hint of their own about `proxies`. Any client can send the header, so there is a bound.
const maxHints = 10

const adminIsNew = 'admin is new in the configuration; the admin listener needs a restart'

/** @throws GateError GATE_LISTEN when an address is missing or in use. Then nothing is left open. */
export async function startServer(
  settings: Settings,
  log: ServerLog,
  { run = buildRunHistory(), version = 'unknown', actions: serveActions = {} }: ServerFacts = {},
): Promise<Server> {
  const { logger } = log
  const counts = { hits: 0, misses: 0 }
  const library = openLibrary(settings.photos, logger, counts)
  const ledger = openGuestLedger(logger)
  const isCounting = ledger.configure(settings.ledger)
  // Enough for almost every directory. After it, the photos that are indexed already are served.
  await Promise.race([library.scanned, delay(firstScanMs, undefined, { ref: false })])
  await isCounting
  const live = { current: buildGateState(settings, { library, ledger }) }
  const reports = { ...buildReports(live, logger), ...countGuests(buildGuestReports(logger), run) }
  const handshakes = countHandshakes(buildHandshakeReports(logger), run)
  const listeners: Listeners = { gates: [], urls: [], doors: [] }
  const { gates, urls, doors } = listeners
  const openDoor = buildDoorOpener(live, handshakes)
  const expiry = watchExpiry({ listen: () => certifiedOf(live.current.settings), logger })
  let admin: AdminListener | undefined
  const closeAll = async () => {
    run.notePhase('stopping')
    expiry.close()
    for (const { door } of doors) door.close()
    await Promise.all(gates.map(gate => gate.close()))
    // Last: until then it says that the gate is stopping.
    await admin?.close()
    ledger.close()
    await live.current.library.close()
  }
  try {
    if (settings.admin !== undefined) {
      const { openAdminListener } = await import('./admin-listener.ts')
      const actions = buildAdminActions(ledger, serveActions)
      const sources = buildSources({ live, counts, ledger, run, version })
      admin = await openAdminListener(settings.admin, { sources, actions, logger, handshakes })
    }
    const sink = joinSinks(log.access, admin?.sink)
    const build = () => buildGate({ live, sink, ...reports })
    for (const listen of settings.listen) {
      await openListeners(listeners, listen, { build, openDoor, logger })
    }
  } catch (error) {
    await closeAll()
    throw error
  }
  run.notePhase('serving')
  logger.info({ urls, rules: settings.policy.rules.map(({ name }) => name) }, 'serving')
  return {
    urls,
    adminUrls: admin?.urls ?? [],
    apply: async next => {
      await ledger.configure(next.ledger)
      if (!isDeepStrictEqual(next.listen.map(placeOf), settings.listen.map(placeOf))) {
        logger.warn('listen has changed; only this change needs a restart')
      }
      // All of it or nothing: what can fail comes first.
      const commits = doors.map(({ listen, door }) =>
        prepareTls(door, next.listen.find(isPlaceOf(listen))),
      )
      if (admin !== undefined) commits.push(admin.prepare(next.admin))
      else if (next.admin !== undefined) commits.push(() => logger.warn(adminIsNew))
      if (log.prepare !== undefined) commits.push(log.prepare(next.log))
      await apply(live, next, { logger, counts })
      for (const commit of commits) commit()
      for (const { server } of gates) setTimeouts(server, live.current.settings.timeouts)
    },
    exchangeShadow: shadow => {
      const { current } = live
      live.current = { ...current, settings: { ...current.settings, shadow } }
    },
    close: closeAll,
  }
}

async function apply(
  live: { current: GateState },
  next: Settings,
  { logger, counts }: { readonly logger: Logger; readonly counts: CacheCounts },
): Promise<void> {
  const { settings, library, ledger } = live.current
  const { directory, cacheBytes } = next.photos
  if (directory === settings.photos.directory && cacheBytes === settings.photos.cacheBytes) {
    live.current = buildGateState(next, { library, ledger })
    return
  }
  const fresh = openLibrary(next.photos, logger, counts)
  await Promise.race([fresh.scanned, delay(newPhotosMs, undefined, { ref: false })])
  live.current = buildGateState(next, { library: fresh, ledger })
  await library.close()
}

// Where the gate listens, without the certificates and what else of TLS a reload can change.
function placeOf(listen: Listen): unknown {
  return 'socket' in listen ? listen : { ...listen, tls: listen.tls !== undefined }
}

function isPlaceOf(listen: Listen): (other: Listen) => boolean {
  return other => isDeepStrictEqual(placeOf(other), placeOf(listen))
}

function prepareTls(door: TlsDoor, listen: Listen | undefined): () => void {
  const tls = listen !== undefined && 'host' in listen ? listen.tls : undefined
  return tls === undefined ? () => {} : door.prepare(tls)
}

/** All listeners share the allowances of clients and the bounds of their log lines. */
function buildDoorOpener(live: { readonly current: GateState }, reports: HandshakeReports) {
  const shared = { reports, turns: buildHandshakeTurns() }
  return (gate: FastifyInstance, settings: TlsSettings): TlsDoor =>
    openTlsDoor(gate.server, {
      ...shared,
      settings,
      handshakeMs: () => live.current.settings.timeouts.headersSeconds * 1_000,
      isFront: peer => {
        const address = parseNetworkAddress(peer)
        return address !== undefined && live.current.settings.proxies?.has(address) === true
      },
    })
}

function openLibrary(
  { directory, cacheBytes }: PhotoSettings,
  logger: Logger,
  counts: CacheCounts,
): PhotoLibrary {
  return openPhotoLibrary({
    ...{ directory, cacheBytes, counts },
    warn: (details, message) => logger.warn(details, message),
    info: (details, message) => logger.info(details, message),
  })
}

function buildReports(live: { current: GateState }, logger: Logger) {
  const counts = new Map<ClientDoubt, { total: number; quietUntil: number }>()
  const hinted = new Set<string>()
  return {
    onDoubt: (doubt: ClientDoubt, peer: string) => {
      const count = counts.get(doubt) ?? { total: 0, quietUntil: 0 }
      counts.set(doubt, count)
      count.total++
      if (Date.now() < count.quietUntil) return
      count.quietUntil = Date.now() + quietMs
      const { clientHeader } = live.current.settings
      const details = { reason: doubt, peer, header: clientHeader, total: count.total }
      logger.warn(details, `${clientDoubts[doubt].text}: no from condition can match`)
    },
    onIgnoredHeader: (peer: string) => {
      if (hinted.size >= maxHints || hinted.has(peer)) return
      hinted.add(peer)
      const { clientHeader } = live.current.settings
      const hint = `${peer} sends ${clientHeader} but is not in proxies, so the header is ignored; if it is your front, add it: proxies: [${peer}]`
      logger.warn({ peer, header: clientHeader }, hint)
    },
    onFault: (error: unknown) => logger.error({ err: error }, 'a fault of the program'),
  }
}
