// Judges each logged request for a photo by what was before and by the new configuration, and counts both.
import type { Settings } from '../config/settings.ts'
import { addressOf, parseTarget } from '../evidence/target.ts'
import type { UndatedEntry } from '../policy/budget.ts'
import type { AliasesOf } from '../policy/condition.ts'
import type { BudgetCounts } from './budget-counter.ts'
import { buildBudgetCounter } from './budget-counter.ts'
import { buildClients, ownText } from './clients.ts'
import { buildLogJudge, judgeStatus } from './judge.ts'
import type { LogLine } from './log-line.ts'
import type { Totals } from './tally.ts'
import { buildTally } from './tally.ts'

export interface RequestCounterOptions {
  readonly settings: Settings
  /** The previous configuration. Undefined: the logged status says what was before. */
  readonly against?: Settings | undefined
  /** The aliases in a photo directory. Undefined: rules with `!` are in doubt. */
  aliasesIn?(directory: string): AliasesOf
}

export interface RequestCounts {
  /** First and last request for a photo, in milliseconds since the epoch; null without one. */
  readonly period: { readonly firstMs: number; readonly lastMs: number } | null
  /** Whether there were too many clients, so that numbers of clients are lower bounds. */
  readonly clientsAreIncomplete: boolean
  readonly totals: Totals
  readonly budgets: BudgetCounts
}

export interface RequestCounter {
  /** `cookie`: as in `LoggedRequest`. False when the line names no photo, and is not counted. */
  add(line: LogLine, cookie: string | null | undefined): boolean
  /** `maxRows`: bound for each list. */
  counts(maxRows: number): RequestCounts
}

export function buildRequestCounter(options: RequestCounterOptions): RequestCounter {
  const { settings, against } = options
  const aliasesFor = ({ photos }: Settings) => options.aliasesIn?.(photos.directory)
  const all = against === undefined ? [settings] : [settings, against]
  const budgets = buildBudgetCounter(settings.policy.rules)
  let counted: UndatedEntry | undefined
  const takeCounted = () => {
    const entry = counted
    counted = undefined
    return entry
  }
  const judgeAfter = buildLogJudge(settings, aliasesFor(settings), entry => {
    counted = entry
  })
  const judgeBefore = against && buildLogJudge(against, aliasesFor(against))
  const clients = buildClients({
    policies: all.map(({ policy }) => policy),
    proxies: all.flatMap(({ proxies = [] }) => proxies),
  })
  const findPhoto = buildPhotoCache()
  const tally = buildTally(settings.policy.rules.map(({ name }) => name))
  let firstMs = Infinity
  let lastMs = -Infinity
  return {
    add: ({ client: text, target, timeMs, status }, cookie) => {
      const photo = target === undefined ? undefined : findPhoto(target)
      if (photo === undefined) return false
      const client = clients.find(text)
      const request = { client: client.address, cookie, photo, url: target, timeMs }
      const before = judgeBefore === undefined ? judgeStatus(status) : judgeBefore(request)
      tally.add({ client, photo, before, after: judgeAfter(request) })
      const entry = takeCounted()
      if (entry !== undefined) budgets.add(entry, { network: client.network, status, timeMs })
      if (timeMs < firstMs) firstMs = timeMs
      if (timeMs > lastMs) lastMs = timeMs
      return true
    },
    counts: maxRows => ({
      period: firstMs > lastMs ? null : { firstMs, lastMs },
      clientsAreIncomplete: clients.isIncomplete(),
      totals: tally.totals(maxRows),
      budgets: budgets.counts(maxRows),
    }),
  }
}

// Targets repeat. Long ones are rarely real, and are not cached. A full cache is cleared: that costs less than tracking
// which entry was used last.
const maxTargets = 16_384
const maxTargetLength = 512

function buildPhotoCache(): (target: string) => string | undefined {
  const known = new Map<string, string | null>()
  return target => {
    const found = known.get(target)
    if (found !== undefined) return found ?? undefined
    const address = addressOf(parseTarget(target))
    const photo = address === undefined ? undefined : ownText(address)
    if (target.length <= maxTargetLength) {
      if (known.size >= maxTargets) known.clear()
      known.set(ownText(target), photo ?? null)
    }
    return photo
  }
}
