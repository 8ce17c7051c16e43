// The ledger in Redis, for all gates together, and what this gate goes by when Redis does not answer: the ledger in its
// memory, which also counts what Redis admits. So what this gate has shown is not renewed when Redis dies, or forgets.
import type { ForgettingLedger, LedgerAccount, LedgerAnswer, LedgerEntry } from './ledger.ts'
import type { MemoryLedger } from './memory-ledger.ts'
import type { RedisCircuit } from './redis-circuit.ts'
import type { AskRedis, RedisQuestion } from './redis-keys.ts'
import { replies } from './redis-script.ts'

export interface BridgedLedgerOptions {
  readonly memory: MemoryLedger
  readonly circuit: Pick<RedisCircuit, 'ask'>
  readonly questionOf: AskRedis
  /** The question that makes Redis forget the account. */
  forgetOf(account: LedgerAccount): RedisQuestion
  /** `local`: the memory's budget counts. `refuse`: only people whom the client saw within the window stay visible. */
  readonly whenDown: 'local' | 'refuse'
  /** Redis could not be asked about a request. */
  onBridged(): void
}

export function buildBridgedLedger(options: BridgedLedgerOptions): ForgettingLedger {
  const { memory, circuit, questionOf, forgetOf, whenDown, onBridged } = options

  function bridge(entry: LedgerEntry): LedgerAnswer {
    const { budget } = entry
    onBridged()
    // A canary is never seen, and spends the budget of which Redis does not hear.
    if (whenDown === 'local' || budget === undefined || entry.isCanary) return memory.count(entry)
    return memory.count({ ...entry, budget: { ...budget, people: 0 } })
  }

  function settle(entry: LedgerEntry, reply: number): LedgerAnswer {
    const isAlarm = (reply & replies.alarm) !== 0
    const isOver = (reply & replies.over) !== 0
    const { isOver: isOverHere } = memory.count(shadowOf(entry, reply))
    // The memory knows less than Redis, unless Redis has forgotten.
    return { isAlarm, isOver: isOver || isOverHere }
  }

  return {
    count: entry => {
      // A canary without a budget counts nowhere.
      if (entry.budget === undefined && entry.alarm === undefined) return memory.count(entry)
      const asked = circuit.ask(questionOf(entry))
      return asked === undefined
        ? bridge(entry)
        : asked.then(reply => (reply === undefined ? bridge(entry) : settle(entry, reply)))
    },
    forget: async account => {
      const here = memory.forget(account)
      const reply = await circuit.ask(forgetOf(account))
      if (reply === undefined) return 'only-here'
      return reply > 0 ? 'forgotten' : here
    },
  }
}

/** What the memory counts of a request that Redis has judged: no person whom the client has not seen. */
function shadowOf(entry: LedgerEntry, reply: number): LedgerEntry {
  if ((reply & replies.over) === 0) return entry
  return (reply & replies.spent) === 0
    ? { ...entry, budget: undefined }
    : { ...entry, isCanary: true }
}
