// How the gate stands, for the page's head and foot.
import type { AdminTools } from '../admin.ts'
import type { History } from '../decision/history.ts'
import type { StatusAnswer } from './answers.ts'
import { findNotices } from './notices.ts'

export function answerStatus(
  { sources }: AdminTools,
  { history, nowMs }: { readonly history: History; readonly nowMs: number },
): StatusAnswer {
  const { version, startedMs, phase, configuration, ledger, live } = sources
  const { size: count, isReady, isScanned } = live.current.library
  return {
    ...{ version, nowMs, startedMs, phase, configuration, ledger },
    photos: { count, isReady, isScanned },
    notices: findNotices(sources, history, nowMs),
  }
}
