// Who has asked for whom: budgets by distinct people. This file holds the contract of every ledger. Knows no
// request, no address and no photo, only keys.

/** How many distinct people a client may ask for within a window that slides. */
export interface Budget {
  /** 1 to 10,000. */
  readonly people: number
  /** Distinct names without a photo, of these; one more spends the whole budget. At most `people`. */
  readonly misses: number
  readonly perMs: number
}

/** How many distinct people all clients of a rule, or of one pass, together may ask for before somebody is told. */
export interface AlarmLimit {
  /** 1 to 100,000. */
  readonly people: number
  readonly perMs: number
}

/** One request for a photo that a rule admits. */
export interface LedgerEntry {
  /** The rule's name: each rule counts for itself. */
  readonly rule: string
  /** Whose budget it is: a network address, an IPv6 /64 or a user, with the pass that it came by. */
  readonly client: string
  /** The id of the guest pass by which the rule admits: the alarm counts each pass for itself. Undefined: by none. */
  readonly pass?: string | undefined
  /** The same for all addresses of one person. */
  readonly person: string
  /** There is no photo of that name. */
  readonly isMissing: boolean
  /** No directory shows the name: only who guesses names asks for it. */
  readonly isCanary: boolean
  /** Undefined: the rule only has an alarm. */
  readonly budget: Budget | undefined
  readonly alarm: AlarmLimit | undefined
  /** Milliseconds since the epoch, by a clock that is not set while the process runs. */
  readonly nowMs: number
}

export interface LedgerAnswer {
  /** The client may not see this person now. */
  readonly isOver: boolean
  /** There are more people than the alarm's limit. True at most once a window. */
  readonly isAlarm: boolean
}

export interface Ledger {
  /** Counts the request. A value where the ledger is in memory; never rejects. */
  count(entry: LedgerEntry): LedgerAnswer | Promise<LedgerAnswer>
}

/** Whose budget of which rule. */
export type LedgerAccount = Pick<LedgerEntry, 'rule' | 'client' | 'nowMs'>

/**
 * `none`: the client had spent nothing. `only-here`: this gate has forgotten, and the Redis of all gates could not be asked.
 */
export type Forgetting = 'forgotten' | 'none' | 'only-here'

export interface ForgettingLedger extends Ledger {
  /** The client's budget begins anew, also after misses and canaries. Alarms stay. Never rejects. */
  forget(account: LedgerAccount): Forgetting | Promise<Forgetting>
}
