// Counts every request as it ends: by rule and reason, by time, by what its token, pass and link were worth. On the path of
// every request, so it makes no object and formats nothing; the metrics read the counters when somebody asks.
import type { AccessRecord, AccessSink, Reason } from '../../gate/access-record.ts'
import { turnedAwayRule } from '../../policy/policy.ts'
import type { TimeCounts } from './time-counts.ts'
import { buildTimeCounts } from './time-counts.ts'

// The compiler compares it with the type, so that none is forgotten.
const reasonTable: Readonly<Record<Reason, true>> = {
  found: true,
  'not-modified': true,
  range: true,
  missing: true,
  'no-photo-address': true,
  placeholder: true,
  'over-budget': true,
  'precondition-failed': true,
  'range-unsatisfiable': true,
  'bad-encoding': true,
  'bad-request': true,
  body: true,
  method: true,
  health: true,
  ready: true,
  'not-ready': true,
  page: true,
  pass: true,
  error: true,
  'client-gone': true,
  'no-rule': true,
  'person-unknown': true,
  'cookies-too-long': true,
  'cookies-too-many': true,
  'peer-unknown': true,
  'front-unproven': true,
  'client-header-missing': true,
  'client-header-unparsable': true,
}
export const reasons = Object.keys(reasonTable) as readonly Reason[]
const reasonIndex = new Map(reasons.map((reason, at) => [reason, at]))

/** Stands for no rule: the request was answered before any was asked. No rule can have this name. */
export const noRule = '-'
/** Stands for the rules beyond the bound. No rule can have this name. */
const otherRules = '(other)'
// Rules come from the configuration only, and each reload may bring others.
const maxRules = 1_000

export const outcomes = ['admitted', 'turned-away', 'unjudged'] as const
export type JudgedOutcome = (typeof outcomes)[number]

export interface EndedRequests extends AccessSink {
  /** By rule; one count for each of `reasons`. */
  readonly byRule: ReadonlyMap<string, Float64Array>
  readonly times: Readonly<Record<JudgedOutcome, TimeCounts>>
  /** `verified` or why it was refused. */
  readonly tokens: ReadonlyMap<string, number>
  /** `valid` or why it was refused. */
  readonly passes: ReadonlyMap<string, number>
  /** Why links were refused. */
  readonly linkRefusals: ReadonlyMap<string, number>
  /** Length of all bodies. */
  readonly bytes: number
  /** Clients that left before they had the whole answer. */
  readonly aborted: number
}

export function buildEndedRequests(): EndedRequests {
  const byRule = new Map<string, Float64Array>()
  const times = {
    admitted: buildTimeCounts(),
    'turned-away': buildTimeCounts(),
    unjudged: buildTimeCounts(),
  }
  const tokens = new Map<string, number>()
  const passes = new Map<string, number>()
  const linkRefusals = new Map<string, number>()
  let bytes = 0
  let aborted = 0

  function rowOf(rule: string): Float64Array {
    const known = byRule.get(rule)
    if (known !== undefined) return known
    const name = byRule.size < maxRules ? rule : otherRules
    const row = byRule.get(name) ?? new Float64Array(reasons.length)
    byRule.set(name, row)
    return row
  }

  return {
    write: (record: AccessRecord) => {
      const { rule, reason, token, pass, linkRefusal } = record
      const row = rowOf(rule ?? noRule)
      const at = reasonIndex.get(reason) as number
      row[at] = (row[at] as number) + 1
      times[outcomeOf(rule)].note(record.milliseconds)
      bytes += record.bytes
      if (record.isAborted) aborted++
      if (token !== undefined) count(tokens, token.refused ?? 'verified')
      if (pass !== undefined) count(passes, pass.refused ?? 'valid')
      if (linkRefusal !== undefined) count(linkRefusals, linkRefusal)
    },
    ...{ byRule, times, tokens, passes, linkRefusals },
    get bytes() {
      return bytes
    },
    get aborted() {
      return aborted
    },
  }
}

function outcomeOf(rule: string | null): JudgedOutcome {
  if (rule === null) return 'unjudged'
  return rule === turnedAwayRule ? 'turned-away' : 'admitted'
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
