// How many tokens of one client are looked at as soon as they come, when many of its tokens were forged. What comes
// beyond is looked at in its turn (holding.ts): a good token may be among them, from behind the same address.
import { LRUCache } from 'lru-cache'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Client } from './client-address.ts'

export interface RefusalBudget {
  /** Whether the client has none left now, and its tokens have to wait. */
  isSpent(client: Client, nowMs: number): boolean
  /** One of its tokens was found to be of no key. */
  spend(client: Client, nowMs: number): void
}

export interface RefusalBudgetLimits {
  /** Tokens a second, and at most so many at once. An office behind one address has people with the tokens
      of other systems, which count too; those who have been verified before do not notice. */
  readonly perSecond: number
  /** Of a peer that names clients and is not believed: perhaps a front that many share. */
  readonly perSecondOfMany: number
  /** Clients that are kept in mind. */
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

  // A clock that is put back gives nothing.
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
        // No debts: those who waited were looked at without asking what is left.
        account.left = Math.max(0, account.left - 1)
      }
    },
  }
}

/** Who pays. What the peer itself sends is not what it sends in the name of others, or of nobody. */
export function payerKeyOf({ address, isIgnored, peer }: Client): string {
  if (address !== undefined) return isIgnored ? `many ${payerOf(address)}` : payerOf(address)
  return `many ${peer === undefined ? 'unknown' : payerOf(peer)}`
}

/** Who has one address of an IPv6 network has a whole /64 of them. */
function payerOf({ family, words, text }: NetworkAddress): string {
  return family === 4 ? text : `${words[0]}:${words[1]}`
}
