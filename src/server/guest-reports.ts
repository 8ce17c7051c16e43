// What the log says about guests who ask for too many people. Never more lines than an administrator reads.
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { GuestReports } from '../gate/budgeted-photo.ts'

/** For the ledger's `onFull`. */
export const ledgerFull =
  'too many clients for the memory of their budgets: those idle longest are known by what they have spent, not by whom they saw, so they may see fewer people than their budget allows'

const ruleAlarm =
  'the clients of this rule have asked for more people than its alarm allows: somebody may be reading the directory'
const passAlarm =
  'the guests with this pass have asked for more people than the alarm of the rule allows: somebody may be reading the directory with it'

// A client that guesses asks for a canary again and again.
const quietMs = 3_600_000
const maxClients = 1_000

export function buildGuestReports(logger: Logger): GuestReports {
  const told = new LRUCache<string, true>({ max: maxClients, ttl: quietMs })
  return {
    onAlarm: ({ rule, pass, alarm }) =>
      logger.error(
        { rule, pass, people: alarm?.people, perSeconds: (alarm?.perMs ?? 0) / 1_000 },
        pass === undefined ? ruleAlarm : passAlarm,
      ),
    onCanary: ({ rule, client, budget }, address) => {
      const key = `${rule} ${client}`
      if (told.has(key)) return
      told.set(key, true)
      const effect = budget === undefined ? '' : '; its whole budget is spent'
      logger.error(
        { rule, client, address },
        `a client asked for a canary: it guesses names${effect}`,
      )
    },
  }
}
