// What an administrator can have the running program do. Shapes only: server/ does it.
import type { Forgetting, LedgerAccount } from '../guest/ledger.ts'

/**
 * `applied`: the next request of a client sees the configuration. `refused`: it has problems, and the old one stays.
 * `failed`: the program could not try, or the trial ended with a fault. The old configuration stays.
 */
export type ReloadAnswer =
  | {
      readonly outcome: 'applied'
      readonly rules: readonly string[]
      readonly warnings: readonly string[]
    }
  | { readonly outcome: 'refused'; readonly problems: readonly string[] }
  | { readonly outcome: 'failed'; readonly message: string }

/** `no-supply`: the configuration says of no place to import from. */
export type ImportRequest = 'started' | 'running' | 'no-supply' | 'stopping'

export interface AdminActions {
  /** Applies the configuration, and tells what became of it. Never rejects. */
  reload(): Promise<ReloadAnswer>
  importNow(): ImportRequest
  forgetBudget(account: Omit<LedgerAccount, 'nowMs'>): Promise<Forgetting>
}
