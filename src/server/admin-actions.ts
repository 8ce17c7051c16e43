// What the admin page can have the running program do. What `serve` makes only after the listeners is filled in by it.
import type { AdminActions } from '../admin/actions.ts'
import type { ForgettingLedger } from '../guest/ledger.ts'

/** Undefined: not yet, or the program has none. */
export type ServeActions = Partial<Pick<AdminActions, 'reload' | 'importNow'>>

const starting = {
  outcome: 'failed',
  message: 'the gate is still starting; try again in a moment',
} as const

export function buildAdminActions(
  ledger: Pick<ForgettingLedger, 'forget'>,
  serve: ServeActions,
): AdminActions {
  return {
    reload: async () => serve.reload?.() ?? starting,
    importNow: () => serve.importNow?.() ?? 'no-supply',
    // By the clock of the gate's own entries.
    forgetBudget: async account =>
      ledger.forget({ ...account, nowMs: performance.timeOrigin + performance.now() }),
  }
}
