// The last decisions, to search, each with what the rules said. Bounded in rows and in bytes. Keeps no cookie, no token
// and no header but the user agent, and of it and of paths just what the log shows; the evidence is let go as soon as it is in words.
import type { AccessRecord, Judged } from '../../gate/access-record.ts'
import { shownAgent, shownPath } from '../../gate/client-text.ts'
import type { Evidence } from '../../policy/condition.ts'
import type { Policy } from '../../policy/policy.ts'
import type { AskedRule } from './asked-rules.ts'
import { explainAsked } from './asked-rules.ts'
import type { Decided, DecisionQuery } from './decision-query.ts'
import { buildMatcher } from './decision-query.ts'

export interface DecisionLog {
  /** `evidence` of `judged` is explained soon, and then let go. */
  add(record: AccessRecord, judged?: Judged): void
  /** The newest first. `before`: only those with a smaller id. */
  find(query: DecisionQuery, limit: number, before?: number): DecisionPage
  get(id: number): Decided | undefined
  /** The newest id; 0 when there is none. */
  readonly lastId: number
}

export interface DecisionPage {
  readonly rows: readonly Decided[]
  /** What to give as `before` for the next rows; undefined: there are no more. */
  readonly next: number | undefined
}

export interface DecisionLogOptions {
  readonly maxRows?: number
  /** Characters of explanations kept. The newest are kept. */
  readonly maxCharacters?: number
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number
  /** Runs `work` when the requests at hand have been answered. */
  readonly defer?: (work: () => void) => void
}

const defaults = { maxRows: 10_000, maxCharacters: 16 * 1024 * 1024 }
// So many decisions a second are explained, and the rest only listed: a flood must not pay for words that nobody reads.
const explainedPerSecond = 50
const burst = 200
// Rules of one explanation.
const maxRules = 100

export function buildDecisionLog(options: DecisionLogOptions = {}): DecisionLog {
  const { maxRows = defaults.maxRows, maxCharacters = defaults.maxCharacters } = options
  const { now = () => performance.now(), defer = setImmediate } = options
  const rows: Decided[] = []
  let lastId = 0
  const waiting: { row: Decided; policy: Policy; evidence: Evidence }[] = []
  const allowance = buildAllowance(now)
  // Of the explanation in each place of the ring, and of all.
  const lengths: number[] = []
  let characters = 0
  // No row up to this one has an explanation.
  let unexplainedId = 0

  function explainWaiting(): void {
    for (const { row, policy, evidence } of waiting.splice(0)) {
      // Many more may have come since.
      if (rowAt(row.id) === row) keep(row, explainOrNot(policy, evidence))
    }
  }

  function keep(row: Decided, rules: AskedRule[] | undefined): void {
    row.rules = rules
    const length = charactersOf(rules)
    lengths[row.id % maxRows] = length
    characters += length
    unexplainedId = Math.max(unexplainedId, lastId - maxRows)
    while (characters > maxCharacters && unexplainedId < lastId) forget(rowAt(++unexplainedId))
  }

  function forget(row: Decided | undefined): void {
    if (row?.rules === undefined) return
    row.rules = undefined
    characters -= lengths[row.id % maxRows] ?? 0
  }

  function rowAt(id: number): Decided | undefined {
    const row = rows[id % maxRows]
    return row?.id === id ? row : undefined
  }

  return {
    add: (record, judged) => {
      lastId++
      forget(rows[lastId % maxRows])
      const row = rowOf(lastId, record)
      rows[lastId % maxRows] = row
      if (judged?.evidence === undefined || !allowance.take()) return
      const { state, evidence } = judged
      waiting.push({ row, evidence, policy: state.settings.policy })
      if (waiting.length === 1) defer(explainWaiting)
    },
    find: (query, limit, before = lastId + 1) => {
      const matches = buildMatcher(query)
      const found: Decided[] = []
      for (let id = Math.min(before - 1, lastId); id > 0; id--) {
        const row = rowAt(id)
        if (row === undefined) break
        if (!matches(row)) continue
        if (found.length === limit) return { rows: found, next: found.at(-1)?.id }
        found.push(row)
      }
      return { rows: found, next: undefined }
    },
    get: rowAt,
    get lastId() {
      return lastId
    },
  }
}

// Key by key: spreading costs three microseconds, as much as a tenth of the photo.
function rowOf(id: number, record: AccessRecord): Decided {
  const { url, userAgent, token, pass, linkRefusal } = record
  return {
    id,
    timeMs: record.timeMs,
    client: record.client,
    peer: record.peer,
    method: record.method,
    address: record.address,
    status: record.status,
    rule: record.rule,
    reason: record.reason,
    spentBy: record.spentBy ?? null,
    bytes: record.bytes,
    milliseconds: record.milliseconds,
    path: url === undefined ? null : shownPath(url),
    userAgent: userAgent === null ? null : shownAgent(userAgent),
    user: token?.user ?? null,
    refused: token?.refused ?? pass?.refused ?? linkRefusal ?? null,
    pass: pass?.id ?? null,
    isAborted: record.isAborted,
    rules: undefined,
  }
}

// What a condition throws has been logged when it decided.
function explainOrNot(policy: Policy, evidence: Evidence): AskedRule[] | undefined {
  try {
    return explainAsked(policy, evidence, maxRules)
  } catch {
    return undefined
  }
}

const charactersPerRule = 50

function charactersOf(rules: readonly AskedRule[] = []): number {
  const texts = rules.flatMap(({ conditions }) => conditions.map(({ detail }) => detail ?? ''))
  return texts.reduce((sum, { length }) => sum + length, charactersPerRule * (rules.length + 1))
}

function buildAllowance(now: () => number) {
  let left = burst
  let atMs = now()
  return {
    take: () => {
      const nowMs = now()
      left = Math.min(burst, left + ((nowMs - atMs) * explainedPerSecond) / 1_000)
      atMs = nowMs
      if (left < 1) return false
      left--
      return true
    },
  }
}
