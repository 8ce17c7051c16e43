// The ledger in this process's memory. Bounded whatever comes: the client that has been idle longest is forgotten
// first, and what it had spent is kept in a sketch, so that its budget is not renewed.
import { Accounts } from './accounts.ts'
import { buildAlarmWindows } from './alarm-windows.ts'
import type { ForgottenClients } from './forgotten-clients.ts'
import { buildForgottenClients } from './forgotten-clients.ts'
import { hashOf } from './keyed-hash.ts'
import type { Ledger, LedgerAnswer, LedgerEntry } from './ledger.ts'

export interface MemoryLedgerOptions {
  /** Called when clients are forgotten before their windows are over, at most once an hour. */
  readonly onFull?: () => void
  readonly maxClients?: number
  /** People that are remembered at most, of all clients together. */
  readonly maxPeople?: number
}

export interface MemoryLedger extends Ledger {
  count(entry: LedgerEntry): LedgerAnswer
  /** Clients that are remembered. */
  readonly clients: number
  /** People that are remembered, of all clients together. */
  readonly people: number
}

// One large table would stop the process while it grows.
const shardCount = 1_024
const defaults = { maxClients: 1_000_000, maxPeople: 4_000_000 }
const fullNoticeMs = 3_600_000

export function buildMemoryLedger(options: MemoryLedgerOptions = {}): MemoryLedger {
  const { onFull = () => {}, maxClients, maxPeople } = { ...defaults, ...options }
  const forgotten = new Map<number, ForgottenClients>()
  const alarms = buildAlarmWindows()
  let people = 0
  let fullMs = Number.NEGATIVE_INFINITY
  // Each is made when its first client comes.
  const shards: (Accounts | undefined)[] = new Array(shardCount).fill(undefined)
  const openShard = () =>
    new Accounts({
      maxClients: Math.ceil(maxClients / shardCount),
      hasTooManyPeople: () => people > maxPeople,
      onPeople: change => {
        people += change
      },
      carriedOf: (client, nowMs) => {
        // All of them: a reload may have changed the window.
        let carried = 0
        for (const { find } of forgotten.values()) carried += find(client, nowMs)
        return carried
      },
      onForgotten: (client, { people: spent, perMs, nowMs }) => {
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
      // The table in the shard uses the lower bits.
      const at = (client / 2 ** 40) & (shardCount - 1)
      const shard = shards[at] ?? openShard()
      shards[at] = shard
      return {
        isAlarm,
        isOver: !shard.spend({ client, person, budget, isMissing, isCanary, nowMs }),
      }
    },
    get clients() {
      return shards.reduce((sum, shard) => sum + (shard?.clients ?? 0), 0)
    },
    get people() {
      return people
    },
  }
}

function findOrAdd<K, V>(map: Map<K, V>, key: K, build: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const built = build()
  map.set(key, built)
  return built
}
