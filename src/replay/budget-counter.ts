// What budgets would have done to the clients of a log, by the log's own times: the gate's ledger says who is over budget,
// and beside it each client's people are counted beyond its budget, so that the number can be chosen.
import { hashOf } from '../guest/keyed-hash.ts'
import { buildMemoryLedger } from '../guest/memory-ledger.ts'
import { PeopleLists } from '../guest/people-lists.ts'
import type { CountingRule, RuleBudget, UndatedEntry } from '../policy/budget.ts'
import { isOfUnknownClient } from '../policy/budget.ts'
import { ownText } from './clients.ts'

export interface BudgetCounts {
  /** How many lines are more than a minute older than an earlier line. The windows began anew there, so numbers are lower bounds. */
  readonly timesWentBack: number
  /** Whether a bound on memory was reached, so that numbers are lower bounds. */
  readonly isIncomplete: boolean
  /** Requests whose client the log does not name: they count for no budget. */
  readonly withoutClient: number
  readonly rules: readonly BudgetCount[]
}

export interface BudgetCount {
  readonly name: string
  readonly people: number
  readonly perMs: number
  readonly clients: number
  /** The most distinct people within one window, up to 10,000, over the clients. */
  readonly mostPeople: { readonly median: number; readonly p95: number; readonly most: number }
  readonly clientsOver: number
  /** Requests that would have been answered as unknown. */
  readonly requestsOver: number
  /** Clients that would have been over budget; most people first. */
  readonly over: readonly OverClient[]
}

export interface OverClient {
  /** A network address, an IPv6 /64 or a user with its realm. */
  readonly client: string
  readonly network: string
  readonly mostPeople: number
  readonly requestsOver: number
}

export interface CountedFacts {
  readonly network: string
  /** 404 means a missing photo. */
  readonly status: number
  readonly timeMs: number
}

export interface BudgetCounter {
  /** True: this request would have been over budget. */
  add(entry: UndatedEntry, facts: CountedFacts): boolean
  /** `maxRows`: clients that are listed for each rule. */
  counts(maxRows: number): BudgetCounts
}

export interface BudgetCounterOptions {
  readonly maxClients?: number
  /** People in all windows together. */
  readonly maxPeople?: number
}

interface Asker extends Omit<OverClient, 'client'> {
  readonly rule: string
  readonly client: string
  /** Its list among those of all askers. */
  readonly list: number
  mostPeople: number
  requestsOver: number
}

// About 100 MB together.
const defaults = { maxClients: 100_000, maxPeople: 1_000_000 }
const maxPeopleOfClient = 10_000
const maxBackMs = 60_000

/** A log may be sorted by the end of requests: a line that is late by at most a minute counts as of the newest time. */
export function buildBudgetCounter(
  rules: readonly CountingRule[],
  options: BudgetCounterOptions = {},
): BudgetCounter {
  const { maxClients, maxPeople } = { ...defaults, ...options }
  const accounts = new Map<string, Asker>()
  const requestsOver = new Map<string, number>()
  let isIncomplete = false
  const ledger = buildMemoryLedger({ onFull: () => (isIncomplete = true) })
  const lists = new PeopleLists()
  const longestMs = Math.max(0, ...rules.map(({ budget }) => budget?.perMs ?? 0))
  // Added to the times of the log, so that they never go back by more than a minute.
  let shiftMs = 0
  // Shifted.
  let newestMs = Number.NEGATIVE_INFINITY
  let sweptMs = Number.NEGATIVE_INFINITY
  let timesWentBack = 0
  let withoutClient = 0

  // After so long, every window is over, and what was spent by clients that were forgotten is forgotten too.
  function beginAnew(timeMs: number): void {
    timesWentBack++
    shiftMs = newestMs + 2 * longestMs + 1 - timeMs
  }

  function find({ rule, client }: UndatedEntry, network: string): Asker | undefined {
    const key = `${rule} ${client}`
    const known = accounts.get(key)
    if (known !== undefined) return known
    if (accounts.size >= maxClients) return undefined
    const account = {
      rule,
      client: ownText(client),
      network,
      list: accounts.size,
      mostPeople: 0,
      requestsOver: 0,
    }
    accounts.set(key, account)
    lists.open(account.list)
    return account
  }

  // Looks at all clients, so at most once a minute of the log.
  function sweep(): void {
    if (newestMs - sweptMs < maxBackMs) return
    sweptMs = newestMs
    const perMs = new Map(rules.map(({ name, budget }) => [name, budget?.perMs ?? 0]))
    for (const { list, rule } of accounts.values())
      lists.forget(list, newestMs - (perMs.get(rule) as number))
  }

  function ask(account: Asker, person: number, perMs: number): void {
    const { list } = account
    lists.forget(list, newestMs - perMs)
    const asked = { isMissing: false, nowMs: newestMs }
    if (lists.touch(list, person, asked)) return
    if (lists.size >= maxPeople) sweep()
    if (lists.size >= maxPeople || lists.count(list) >= maxPeopleOfClient) isIncomplete = true
    else lists.append(list, person, asked)
    account.mostPeople = Math.max(account.mostPeople, lists.count(list))
  }

  return {
    add: (entry, { network, status, timeMs }) => {
      // In the gate such clients share one budget; in a log they are clients whose addresses were not written.
      if (isOfUnknownClient(entry)) {
        withoutClient++
        return false
      }
      if (timeMs + shiftMs < newestMs - maxBackMs) beginAnew(timeMs)
      newestMs = Math.max(newestMs, timeMs + shiftMs)
      const account = find(entry, network)
      if (account === undefined) isIncomplete = true
      else ask(account, hashOf(entry.person), entry.budget?.perMs ?? 0)
      const { isOver } = ledger.count({ ...entry, isMissing: status === 404, nowMs: newestMs })
      if (!isOver) return false
      if (account !== undefined) account.requestsOver++
      requestsOver.set(entry.rule, (requestsOver.get(entry.rule) ?? 0) + 1)
      return true
    },
    counts: maxRows => ({
      timesWentBack,
      isIncomplete,
      withoutClient,
      rules: rules.flatMap(({ name, budget }) => {
        if (budget === undefined) return []
        const own = [...accounts.values()].filter(({ rule }) => rule === name)
        return [
          {
            ...countOf(name, budget, own),
            ...overOf(own, maxRows),
            requestsOver: requestsOver.get(name) ?? 0,
          },
        ]
      }),
    }),
  }
}

function countOf(name: string, { people, perMs }: RuleBudget, accounts: readonly Asker[]) {
  const sorted = accounts.map(({ mostPeople }) => mostPeople).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  const mostPeople = { median: at(0.5), p95: at(0.95), most: at(1) }
  return { name, people, perMs, clients: sorted.length, mostPeople }
}

function overOf(accounts: readonly Asker[], maxRows: number) {
  const over = accounts
    .filter(({ requestsOver }) => requestsOver > 0)
    .sort((a, b) => b.mostPeople - a.mostPeople || (a.client < b.client ? -1 : 1))
  const rows = over.slice(0, maxRows).map(({ client, network, mostPeople, requestsOver }) => {
    return { client, network, mostPeople, requestsOver }
  })
  return { clientsOver: over.length, over: rows }
}
