// How many forged tokens of one client are looked at. To verify one costs as much as to serve a photo, and
// whoever sends thousands a second should cost others no more than the answers to them; besides, each is a
// question about the keys, and nobody honest asks so many.
import { LRUCache } from 'lru-cache'
import type { NetworkAddress } from '../policy/network-address.ts'

export interface RefusalBudget {
  /** Whether the client has none left now. */
  isSpent(client: NetworkAddress, nowMs: number): boolean
  /** One of its tokens was found to be of no key. */
  spend(client: NetworkAddress, nowMs: number): void
}

export interface RefusalBudgetLimits {
  /** Tokens a second, and at most so many at once. An office behind one address has people with the tokens
      of other systems, which count too; those who have been verified before do not notice. */
  readonly perSecond: number
  /** Clients that are kept in mind. */
  readonly mostClients: number
}

const usual: RefusalBudgetLimits = { perSecond: 200, mostClients: 10_000 }

interface Account {
  left: number
  atMs: number
}

export function buildRefusalBudget({ perSecond, mostClients } = usual): RefusalBudget {
  const accounts = new LRUCache<string, Account>({ max: mostClients })

  // A clock that is put back gives nothing.
  function refill(account: Account, nowMs: number): Account {
    const gained = (Math.max(0, nowMs - account.atMs) * perSecond) / 1000
    account.left = Math.min(perSecond, account.left + gained)
    account.atMs = nowMs
    return account
  }

  return {
    isSpent: (client, nowMs) => {
      const account = accounts.get(keyOf(client))
      return account !== undefined && refill(account, nowMs).left < 1
    },
    spend: (client, nowMs) => {
      const key = keyOf(client)
      const account = accounts.get(key)
      if (account === undefined) accounts.set(key, { left: perSecond - 1, atMs: nowMs })
      else refill(account, nowMs).left--
    },
  }
}

// Who has one address of an IPv6 network has a whole /64 of them.
function keyOf({ family, words, text }: NetworkAddress): string {
  return family === 4 ? text : `${words[0]}:${words[1]}`
}
