// How many tokens of one client are verified at once when many of its tokens were forged. Further tokens wait for
// their turn (src/gate/tarpit.ts): a good token from the same address may be among them.
import { LRUCache } from 'lru-cache'
import { siteOf } from '../policy/network-address.ts'
import type { Client } from './client-address.ts'

export interface RefusalBudget {
  /** Whether the client's budget is spent now, so its tokens have to wait. */
  isSpent(client: Client, nowMs: number): boolean
  /** Charges the client for a token that none of the keys had made. */
  spend(client: Client, nowMs: number): void
}

export interface RefusalBudgetLimits {
  /** Tokens a second, and also at once. In an office behind one address, people have tokens of other systems,
      which count too; people whose tokens were verified before do not notice. */
  readonly perSecond: number
  /** The same for a peer that names clients but is not trusted: perhaps a front with many clients. */
  readonly perSecondOfMany: number
  /** Clients that are remembered at most. */
  readonly maxClients: number
}

const defaults: RefusalBudgetLimits = { perSecond: 200, perSecondOfMany: 2_000, maxClients: 10_000 }

interface Account {
  left: number
  atMs: number
}

export function buildRefusalBudget(limits = defaults): RefusalBudget {
  const { perSecond, perSecondOfMany, maxClients } = limits
  const accounts = new LRUCache<string, Account>({ max: maxClients })
  const rateOf = ({ address, isIgnored }: Client) =>
    isIgnored || address === undefined ? perSecondOfMany : perSecond

  // A clock that is set back refills nothing.
  function refill(account: Account, rate: number, nowMs: number): Account {
    const gained = (Math.max(0, nowMs - account.atMs) * rate) / 1000
    account.left = Math.min(rate, account.left + gained)
    account.atMs = nowMs
    return account
  }

  return {
    isSpent: (client, nowMs) => {
      const key = payerKeyOf(client)
      const account = accounts.get(key)
      return account !== undefined && refill(account, rateOf(client), nowMs).left < 1
    },
    spend: (client, nowMs) => {
      const key = payerKeyOf(client)
      const rate = rateOf(client)
      const account = accounts.get(key)
      if (account === undefined) accounts.set(key, { left: rate - 1, atMs: nowMs })
      else {
        refill(account, rate, nowMs)
        // Never negative: tokens that waited are verified without asking the budget.
        account.left = Math.max(0, account.left - 1)
      }
    },
  }
}

/** The key of the account that pays. A peer's own requests are kept apart from those in the name of others or of nobody. */
export function payerKeyOf({ address, isIgnored, peer }: Client): string {
  if (address !== undefined) return isIgnored ? `many ${siteOf(address)}` : siteOf(address)
  return `many ${peer === undefined ? 'unknown' : siteOf(peer)}`
}
