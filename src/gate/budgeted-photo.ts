// The photo of a request whose rule counts people: the ledger is asked first, and to a client whose budget is spent
// the photo is unknown.
import { addressOf } from '../evidence/target.ts'
import type { LedgerAnswer, LedgerEntry } from '../guest/ledger.ts'
import type { Photo } from '../photo/photo-store.ts'
import type { Exchange } from './exchange.ts'
import { findPhoto } from './photo-answer.ts'

export interface GuestReports {
  /** The clients of a rule together have asked for more people than its alarm allows. */
  onAlarm(entry: LedgerEntry): void
  /** A client asked for a name that no directory shows. */
  onCanary(entry: LedgerEntry, address: string): void
}

// Read once: it is a getter.
const originMs = performance.timeOrigin

export type FindBudgetedPhoto = (exchange: Exchange) => Found | Promise<Found>
type Found = Photo | undefined

export function buildFindBudgetedPhoto({ onAlarm, onCanary }: GuestReports): FindBudgetedPhoto {
  function find(
    exchange: Exchange,
    entry: LedgerEntry,
    count: LedgerAnswer,
  ): Found | Promise<Found> {
    if (count.isAlarm) onAlarm(entry)
    exchange.isOverBudget = count.isOver
    return count.isOver ? undefined : findPhoto(exchange)
  }

  return exchange => {
    const { ledgerEntry: undated, state, target, startedMs } = exchange
    const address = addressOf(target)
    if (undated === undefined || address === undefined) return findPhoto(exchange)
    const { library, ledger } = state
    // Before the first scan is through, a missing photo may only be late: it costs no more than a photo.
    const isMissing = library.isScanned && !library.has(address)
    // By the clock that nobody sets: setting the other one ahead by an hour would renew all budgets.
    const nowMs = originMs + startedMs
    // Key by key: spreading costs three microseconds, as much as a tenth of the photo.
    const { rule, client, pass, person, isCanary, budget, alarm } = undated
    const entry = { rule, client, pass, person, isCanary, budget, alarm, isMissing, nowMs }
    if (isCanary) onCanary(entry, address)
    const count = ledger.count(entry)
    return count instanceof Promise
      ? count.then(counted => find(exchange, entry, counted))
      : find(exchange, entry, count)
  }
}
