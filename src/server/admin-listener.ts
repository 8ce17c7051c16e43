// The admin listener of a running gate: opened before the photos are served, closed after them, and given each new
// configuration. Decides nothing about requests: admin/ does.
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { openAccess } from '../admin/access.ts'
import type { AdminActions } from '../admin/actions.ts'
import { buildAdmin } from '../admin/admin.ts'
import { boundConnections } from '../admin/connection-bounds.ts'
import { buildEventStreams } from '../admin/event-stream.ts'
import { buildEndedRequests } from '../admin/metrics/ended-requests.ts'
import { buildMetricsRoute } from '../admin/metrics/metrics-route.ts'
import { loadAssets } from '../admin/page/assets.ts'
import { buildAdminPage } from '../admin/page/page.ts'
import type { AdminSources } from '../admin/sources.ts'
import type { AdminSettings } from '../config/admin/settings.ts'
import { GateError } from '../error.ts'
import type { AccessSink } from '../gate/access-record.ts'
import { joinSinks } from './admin-sources.ts'
import type { HistoryFile } from './history-file.ts'
import { findHistoryFile, keepHistoryFile, readHistoryFile } from './history-file.ts'
import type { Listeners } from './listeners.ts'
import { openListeners } from './listeners.ts'
import type { HandshakeReports } from './tls/handshake-reports.ts'
import { buildHandshakeTurns } from './tls/handshake-turns.ts'
import { openTlsDoor } from './tls/tls-door.ts'

export interface AdminListener {
  /** One for each address of the host, without a trailing slash. */
  readonly urls: readonly string[]
  /** Gets every request for a photo. */
  readonly sink: AccessSink
  /**
   * Gets ready for other settings. The function that it returns never throws: with it they hold.
   * @throws Error when OpenSSL refuses a certificate
   */
  prepare(next: AdminSettings | undefined): () => void
  close(): Promise<void>
}

export interface AdminListenerOptions {
  readonly sources: AdminSources
  readonly actions: AdminActions
  readonly logger: Logger
  readonly handshakes: HandshakeReports
}

// Milliseconds for a handshake.
const handshakeMs = 10_000
// Milliseconds between two events of the page's stream.
const tickMs = 1_000

/** @throws GateError GATE_LISTEN */
export async function openAdminListener(
  settings: AdminSettings,
  { sources, actions, logger, handshakes }: AdminListenerOptions,
): Promise<AdminListener> {
  const warn = (details: object, message: string) => logger.warn(details, message)
  const info = (details: object, message: string) => logger.info(details, message)
  const onFault = (error: unknown) => logger.error({ err: error }, 'a fault of the program')
  const streams = buildEventStreams()
  const onSessionEnd = ({ id }: { readonly id: string }) => streams.endAll(id)
  const access = openAccess({ settings, warn, info, onSessionEnd })
  const requests = buildEndedRequests()
  const page = buildAdminPage({
    ...{ sources, streams, actions, assets: loadAssets() },
    actionLog: { info, warn },
  })
  const addMetrics = buildMetricsRoute(requests, () => page.shadow)
  const placeOfHistory = (now: AdminSettings) =>
    findHistoryFile(now.history, process.env.STATE_DIRECTORY)
  const kept = { file: placeOfHistory(settings), page, logger }
  let historyFile: HistoryFile | undefined
  // Before any request is counted.
  readHistoryFile(kept)
  const timer = setInterval(page.tick, tickMs).unref()
  const listeners: Listeners = { gates: [], urls: [], doors: [] }
  const { gates, urls, doors } = listeners
  const turns = buildHandshakeTurns()

  const close = async () => {
    clearInterval(timer)
    streams.close()
    for (const { door } of doors) door.close()
    await Promise.all(gates.map(admin => admin.close()))
    await historyFile?.close()
  }

  try {
    await openListeners(listeners, settings, {
      build: () => {
        const addRoutes = [page.addRoutes, addMetrics]
        const admin = buildAdmin({ sources, access, streams, addRoutes, info, onFault })
        if (settings.tls === undefined) boundConnections(admin.server)
        return admin
      },
      openDoor: ({ server }, tls) => {
        const door = openTlsDoor(server, {
          ...{ settings: tls, reports: handshakes, turns },
          handshakeMs: () => handshakeMs,
          isFront: () => false,
        })
        boundConnections(server)
        return door
      },
      logger,
    })
  } catch (error) {
    await close()
    if (!(error instanceof GateError)) throw error
    throw new GateError(error.code, `admin: ${error.message}`, { cause: error })
  }
  // Not before: where the port is in use, a running gate keeps its history in the same file.
  historyFile = keepHistoryFile(kept)
  logger.info({ urls, needsToken: settings.tokenHash !== undefined }, 'the admin page is served')

  return {
    ...{ urls, close, sink: joinSinks(requests, page.sink) },
    prepare: next => {
      // A token or TLS that is taken away together with the address would leave the old address open until then.
      if (next === undefined || !isDeepStrictEqual(placeOf(next), placeOf(settings))) {
        return () =>
          logger.warn(
            'admin has changed in what needs a restart (host, port, whether there is tls or a token); its old settings stay until then',
          )
      }
      const { tls } = next
      const commits = tls === undefined ? [] : doors.map(({ door }) => door.prepare(tls))
      return () => {
        for (const commit of commits) commit()
        access.configure(next)
        historyFile?.follow(placeOfHistory(next))
      }
    },
    close,
  }
}

// What only a restart can change.
function placeOf({ host, port, tls, tokenHash }: AdminSettings): unknown {
  return [host, port, tls !== undefined, tokenHash !== undefined]
}
