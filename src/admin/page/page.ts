// The page for administrators: what it remembers of the requests, its routes, and its event stream.
import type { AccessSink } from '../../gate/access-record.ts'
import type { AdminActions } from '../actions.ts'
import type { AddAdminRoutes } from '../admin.ts'
import { buildDecisionLog } from '../decision/decision-log.ts'
import { buildHistory } from '../decision/history.ts'
import { formatHistory, restoreHistory } from '../decision/history-text.ts'
import type { EventStreams } from '../event-stream.ts'
import type { ShadowFacts } from '../shadow/shadow-report.ts'
import { buildShadowReport } from '../shadow/shadow-report.ts'
import type { AdminSources } from '../sources.ts'
import type { ActionLog } from './action-routes.ts'
import { addActions } from './action-routes.ts'
import type { Assets } from './assets.ts'
import { buildLiveFeed } from './live-feed.ts'
import { addPageRoutes } from './page-routes.ts'
import { buildPhotoSearch } from './photo-search.ts'

export interface AdminPage {
  /** Gets each request that has ended. */
  readonly sink: AccessSink
  readonly addRoutes: AddAdminRoutes
  /** What the next configuration would change, now. Undefined: nothing is judged by one. */
  readonly shadow: ShadowFacts | undefined
  /** Call it once a second. */
  tick(): void
  /** The history as text, in pieces, to be kept over a restart. */
  save(): Iterable<string>
  /** @returns why nothing was put back, worded to follow the file's name */
  restore(text: string): string | undefined
}

export interface AdminPageOptions {
  readonly sources: AdminSources
  readonly streams: EventStreams
  readonly assets: Assets
  readonly actions: AdminActions
  /** Gets who has asked for which action. */
  readonly actionLog: ActionLog
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export function buildAdminPage(options: AdminPageOptions): AdminPage {
  const { sources, streams, assets, actions, actionLog, now = Date.now } = options
  const history = buildHistory()
  const log = buildDecisionLog()
  const feed = buildLiveFeed(log, streams)
  const shadow = buildShadowReport(sources.live, now)
  const photos = buildPhotoSearch(() => sources.live.current.library)
  return {
    sink: {
      write: (record, judged) => {
        history.add(record)
        log.add(record, judged)
        feed.add(record)
        shadow.add(record, judged)
      },
    },
    addRoutes: (admin, tools) => {
      addPageRoutes(admin, tools, { history, log, photos, shadow, assets, now })
      addActions(admin, actions, actionLog)
    },
    get shadow() {
      return shadow.facts
    },
    tick: () => feed.tick(now()),
    save: () => formatHistory(history, now()),
    restore: text => restoreHistory(history, text, now()),
  }
}
