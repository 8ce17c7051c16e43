// The ledger in this process's memory. Bounded whatever comes: the client that has been idle longest is forgotten
// first, and what it had spent is kept in a sketch, so that its budget is not renewed.
import { Accounts } from './accounts.ts'
import { buildAlarmWindows } from './alarm-windows.ts'
import type { ForgottenClients } from './forgotten-clients.ts'
import { buildForgottenClients } from './forgotten-clients.ts'
import { hashOf } from './keyed-hash.ts'
import type {
  Forgetting,
  ForgettingLedger,
  LedgerAccount,
  LedgerAnswer,
  LedgerEntry,
} from './ledger.ts'

export interface MemoryLedgerOptions {
  /** Called when clients are forgotten before their windows are over, at most once an hour. */
  readonly onFull?: () => void
  readonly maxClients?: number
  /** People that are remembered at most, of all clients together. */
  readonly maxPeople?: number
}

export interface MemoryLedger extends ForgettingLedger {
  count(entry: LedgerEntry): LedgerAnswer
  forget(account: LedgerAccount): Exclude<Forgetting, 'only-here'>
  /** Clients that are remembered. */
  readonly clients: number
  /** People that are remembered, of all clients together. */
  readonly people: number
}

// One large table would stop the process while it grows.
const shardCount = 1_024
const defaults = { maxClients: 1_000_000, maxPeople: 4_000_000 }
const fullNoticeMs = 3_600_000
const maxPardoned = 1_000

export function buildMemoryLedger(options: MemoryLedgerOptions = {}): MemoryLedger {
  const { onFull = () => {}, maxClients, maxPeople } = { ...defaults, ...options }
  const forgotten = new Map<number, ForgottenClients>()
  const alarms = buildAlarmWindows()
  // Clients whose part of the sketch does not count any more: nothing can be taken out of a sketch without making other
  // clients' parts too small.
  const pardoned = new Set<number>()
  let people = 0
  let fullMs = Number.NEGATIVE_INFINITY
  // Each is made when its first client comes.
  const shards: (Accounts | undefined)[] = new Array(shardCount).fill(undefined)
  const carriedOf = (client: number, nowMs: number) => {
    if (pardoned.has(client)) return 0
    // All of them: a reload may have changed the window.
    let carried = 0
    for (const { find } of forgotten.values()) carried += find(client, nowMs)
    return carried
  }
  const openShard = () =>
    new Accounts({
      maxClients: Math.ceil(maxClients / shardCount),
      hasTooManyPeople: () => people > maxPeople,
      onPeople: change => {
        people += change
      },
      carriedOf,
      onForgotten: (client, { people: spent, perMs, nowMs }) => {
        pardoned.delete(client)
        findOrAdd(forgotten, perMs, () => buildForgottenClients(perMs)).add(client, spent, nowMs)
        if (nowMs - fullMs < fullNoticeMs) return
        fullMs = nowMs
        onFull()
      },
    })

  return {
    count: entry => {
      const { rule, isMissing, isCanary, budget, alarm, nowMs } = entry
      const person = hashOf(entry.person)
      const isAlarm =
        alarm !== undefined && alarms.find(rule, entry.pass).passes(person, alarm, nowMs)
      if (budget === undefined) return { isAlarm, isOver: false }
      const client = hashOf(entry.client, hashOf(rule))
      const at = shardOf(client)
      const shard = shards[at] ?? openShard()
      shards[at] = shard
      return {
        isAlarm,
        isOver: !shard.spend({ client, person, budget, isMissing, isCanary, nowMs }),
      }
    },
    forget: ({ rule, client: key, nowMs }) => {
      const client = hashOf(key, hashOf(rule))
      const wasCarried = carriedOf(client, nowMs) > 0
      const hadSpent = shards[shardOf(client)]?.forget(client, nowMs) ?? false
      pardoned.add(client)
      for (const oldest of pardoned) {
        if (pardoned.size <= maxPardoned) break
        pardoned.delete(oldest)
      }
      return hadSpent || wasCarried ? 'forgotten' : 'none'
    },
    get clients() {
      return shards.reduce((sum, shard) => sum + (shard?.clients ?? 0), 0)
    },
    get people() {
      return people
    },
  }
}

// The table in the shard uses the lower bits.
function shardOf(client: number): number {
  return (client / 2 ** 40) & (shardCount - 1)
}

function findOrAdd<K, V>(map: Map<K, V>, key: K, build: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const built = build()
  map.set(key, built)
  return built
}
