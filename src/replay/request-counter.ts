// Logged requests for photos: each judged by what was before and by what would be now, and counted.
import type { Settings } from '../config/settings.ts'
import { addressOf, parseTarget } from '../evidence/target.ts'
import type { AliasesOf } from '../policy/condition.ts'
import { buildClients, ownText } from './clients.ts'
import { buildJudge, judgeStatus } from './judge.ts'
import type { LogLine } from './log-line.ts'
import type { Totals } from './tally.ts'
import { buildTally } from './tally.ts'

export interface RequestCounterOptions {
  readonly settings: Settings
  /** The configuration of before; undefined: what was before is what the log's status says. */
  readonly against?: Settings | undefined
  /** Whose else the photos of a directory are; where it is not given, rules with `!` leave that open. */
  aliasesIn?(directory: string): AliasesOf
}

export interface RequestCounts {
  /** Of the requests for photos, in milliseconds since the epoch; null: there are none. */
  readonly period: { readonly firstMs: number; readonly lastMs: number } | null
  /** Not all clients could be told apart: all numbers of clients are lower bounds. */
  readonly clientsAreIncomplete: boolean
  readonly totals: Totals
}

export interface RequestCounter {
  /** `cookie`: as `LoggedRequest` has it. False: the line is about no photo, and is not counted. */
  add(line: LogLine, cookie: string | null | undefined): boolean
  /** `maxRows`: of each list. */
  counts(maxRows: number): RequestCounts
}

export function buildRequestCounter(options: RequestCounterOptions): RequestCounter {
  const { settings, against } = options
  const aliasesFor = ({ photos }: Settings) => options.aliasesIn?.(photos.directory)
  const all = against === undefined ? [settings] : [settings, against]
  const judgeAfter = buildJudge(settings, aliasesFor(settings))
  const judgeBefore = against && buildJudge(against, aliasesFor(against))
  const clients = buildClients({
    policies: all.map(({ policy }) => policy),
    proxies: all.flatMap(({ proxies = [] }) => proxies),
  })
  const findPhoto = rememberPhotos()
  const tally = buildTally(settings.policy.rules.map(({ name }) => name))
  let firstMs = Infinity
  let lastMs = -Infinity
  return {
    add: ({ client: text, target, timeMs, status }, cookie) => {
      const photo = target === undefined ? undefined : findPhoto(target)
      if (photo === undefined) return false
      const client = clients.find(text)
      const request = { client: client.address, cookie, photo, timeMs }
      const before = judgeBefore === undefined ? judgeStatus(status) : judgeBefore(request)
      tally.add({ client, photo, before, after: judgeAfter(request) })
      if (timeMs < firstMs) firstMs = timeMs
      if (timeMs > lastMs) lastMs = timeMs
      return true
    },
    counts: maxRows => ({
      period: firstMs > lastMs ? null : { firstMs, lastMs },
      clientsAreIncomplete: clients.isIncomplete(),
      totals: tally.totals(maxRows),
    }),
  }
}

// A photo's target is asked for again and again. Long ones are somebody's attempts, and not worth the room. When
// there are too many, all are forgotten: that costs less than to know which was used last.
const maxTargets = 16_384
const maxTargetLength = 512

function rememberPhotos(): (target: string) => string | undefined {
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
