// How often something was seen, when, by which clients and for what, in bounded memory.
import { ownText } from '../../replay/clients.ts'
import { RowCounter } from '../../replay/top-rows.ts'
import type { FindingPlace } from '../finding.ts'

export interface Use {
  /** Empty when it is not logged. */
  readonly client: string
  readonly timeMs: number | undefined
  /** What it was for: the URL's application, or a program. */
  readonly purpose: string
  readonly place: FindingPlace
  /** How often; undefined: once. */
  readonly times?: number
}

export interface ClientUse {
  requests: number
  lastMs: number
}

export interface Usage {
  requests: number
  firstMs: number | undefined
  lastMs: number | undefined
  /** Of the first line that was read. */
  readonly place: FindingPlace
  readonly clients: Map<string, ClientUse>
  /** Requests without a client in the line, or with one beyond the bound. */
  uncountedRequests: number
  /** By day, counted from the epoch, in UTC. */
  readonly days: Map<number, number>
  readonly purposes: RowCounter<{ requests: number }>
}

/** Clients that are counted, for all usages together. */
export interface ClientBudget {
  left: number
}

export const msPerDay = 86_400_000

// Each usage can name some clients, also when others have spent the budget.
const reservedClients = 20
const maxDays = 5_000
const maxPurposes = 40
const maxClientLength = 255

export function newUsage(place: FindingPlace): Usage {
  return {
    requests: 0,
    firstMs: undefined,
    lastMs: undefined,
    place,
    clients: new Map(),
    uncountedRequests: 0,
    days: new Map(),
    purposes: new RowCounter(maxPurposes, () => ({ requests: 0 })),
  }
}

/** Counts everything but `requests`, which the row's counter counts. Lines may come in any order. */
export function addUse(usage: Usage, use: Use, budget: ClientBudget): void {
  const { client, timeMs, times = 1 } = use
  if (timeMs !== undefined) {
    if (usage.firstMs === undefined || timeMs < usage.firstMs) usage.firstMs = timeMs
    if (usage.lastMs === undefined || timeMs > usage.lastMs) usage.lastMs = timeMs
    const day = Math.floor(timeMs / msPerDay)
    const before = usage.days.get(day)
    if (before !== undefined || usage.days.size < maxDays)
      usage.days.set(day, (before ?? 0) + times)
  }
  if (!countClient(usage.clients, { client, timeMs, times, reserved: reservedClients }, budget)) {
    usage.uncountedRequests += times
  }
  usage.purposes.count(use.purpose)
}

interface CountedClient extends Pick<Use, 'client' | 'timeMs' | 'times'> {
  /** That are counted without the budget. */
  readonly reserved: number
}

/** False when the client is not counted. */
export function countClient(
  clients: Map<string, ClientUse>,
  { client, timeMs, times = 1, reserved }: CountedClient,
  budget: ClientBudget,
): boolean {
  const lastMs = timeMs ?? Number.NEGATIVE_INFINITY
  const known = clients.get(client)
  if (known !== undefined) {
    known.requests += times
    if (lastMs > known.lastMs) known.lastMs = lastMs
    return true
  }
  if (client === '' || client.length > maxClientLength) return false
  if (clients.size >= reserved) {
    if (budget.left <= 0) return false
    budget.left--
  }
  clients.set(ownText(client), { requests: times, lastMs })
  return true
}
