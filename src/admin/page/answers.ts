// The shapes of what the page asks for, in JSON. The page itself and its routes both use them, so they cannot differ.
// Times are milliseconds since the epoch.
import type { Explanation } from '../../explain/explanation.ts'
import type { Forgetting } from '../../guest/ledger.ts'
import type { ImportRequest } from '../actions.ts'
import type { AskedRule } from '../decision/asked-rules.ts'
import type { Decided } from '../decision/decision-query.ts'
import type { HistorySpan } from '../decision/history.ts'
import type { DecisionOutcome } from '../decision/outcome.ts'
import type { ShadowFacts } from '../shadow/shadow-report.ts'
import type { ConfigurationFacts, ImportFacts, LedgerFacts, Phase } from '../sources.ts'

/** Something an administrator should know now. */
export interface Notice {
  readonly level: 'error' | 'warning'
  readonly text: string
}

export interface StatusAnswer {
  readonly version: string
  readonly nowMs: number
  readonly startedMs: number
  readonly phase: Phase
  readonly configuration: ConfigurationFacts
  readonly photos: {
    readonly count: number
    readonly isReady: boolean
    readonly isScanned: boolean
  }
  readonly ledger: LedgerFacts
  readonly notices: readonly Notice[]
}

export interface Counted {
  readonly name: string
  readonly count: number
}

export interface HistoryAnswer {
  readonly span: HistorySpan
  readonly slotMs: number
  /** Every slot of the span, the oldest first, also those in which nothing happened. */
  readonly slots: readonly ({ readonly atMs: number } & Readonly<Record<DecisionOutcome, number>>)[]
  readonly totals: Readonly<Record<DecisionOutcome, number>>
  /** Admissions by rule, in the order of the configuration; rules that it has no more come last. */
  readonly rules: readonly Counted[]
  /** Why requests were turned away, the most frequent first. */
  readonly refusals: readonly Counted[]
  /** What the admitted got, the most frequent first. */
  readonly answers: readonly Counted[]
  readonly clients: readonly Counted[]
  readonly turnedAwayClients: readonly Counted[]
  readonly photos: readonly Counted[]
}

/** A row of the decision log, without what the rules said. */
export interface DecisionRow extends Omit<Decided, 'rules'> {
  readonly outcome: DecisionOutcome
}

export interface DecisionsAnswer {
  readonly rows: readonly DecisionRow[]
  readonly next: number | null
}

export interface DecisionAnswer {
  readonly row: DecisionRow
  /** Null when it was not kept: too many requests came at once, or since. */
  readonly rules: readonly AskedRule[] | null
  /** Rules of the configuration that were not asked, because one before them admitted. */
  readonly unasked: readonly string[]
  /** A command that sends the request again, without its cookies. */
  readonly curl: string
}

export interface WhatIfAnswer {
  readonly explanation: Explanation
  readonly curl: string
}

/** What is wrong with a question, worded to follow the field's name. */
export interface ProblemAnswer {
  readonly problem: string
  readonly field: string
}

export interface RuleRow {
  readonly name: string
  /** What it asks for: from, cookie, photos. */
  readonly kinds: readonly string[]
  readonly budget: {
    readonly people: number
    readonly misses: number
    readonly perSeconds: number
  } | null
  readonly hits: Readonly<Record<HistorySpan, number>>
}

export interface RulesAnswer {
  readonly rules: readonly RuleRow[]
  /** What the turned away get. */
  readonly otherwise: string
  /** Since when hits are counted at most. */
  readonly startedMs: number
}

export interface CredentialRow {
  readonly kind: 'key' | 'certificate'
  /** A file's name, or the address that it is for. */
  readonly name: string
  readonly detail: string
  /** Null: it has no end. */
  readonly untilMs: number | null
  readonly daysLeft: number | null
}

export interface CredentialsAnswer {
  readonly rows: readonly CredentialRow[]
}

export interface ImportsAnswer extends ImportFacts {
  readonly isConfigured: boolean
}

/** What the event stream says each second. */
export interface LiveEvent {
  readonly nowMs: number
  /** Requests since the last event. */
  readonly since: Readonly<Record<DecisionOutcome, number>>
  /** The newest decisions since the last event, the newest first; not all of them when many came. */
  readonly rows: readonly DecisionRow[]
}

/** A header, because a cookie's value must not be in a URL. Percent-encoded. */
export const whatIfCookieHeader = 'x-what-if-cookie'

export interface WallPhoto {
  readonly address: string
  readonly file: string
  readonly bytes: number
  readonly modifiedMs: number
}

export interface UnservedRow {
  readonly reason: string
  readonly files: number
  /** Some of them. */
  readonly names: readonly string[]
}

export interface PhotosAnswer {
  /** Photos that match the words. */
  readonly total: number
  readonly rows: readonly WallPhoto[]
  readonly unserved: readonly UnservedRow[]
  readonly isScanned: boolean
  readonly directory: string
}

export interface CoverageRow {
  readonly domain: string
  readonly photos: number
  /** People of the last import without a photo; null when no import has said. */
  readonly without: number | null
}

export interface CoverageAnswer {
  readonly rows: readonly CoverageRow[]
  /** When the import ended that says who should have a photo, in ISO 8601; null: none has. */
  readonly importedAt: string | null
}

export interface ShadowAnswer {
  /** Null: the configuration has no shadow. */
  readonly file: string | null
  readonly problems: readonly string[]
  /** Null: nothing is judged by it. */
  readonly facts: ShadowFacts | null
}

/** Whether the page may change something, and with which token. */
export interface SessionAnswer {
  readonly needsToken: boolean
  readonly isReadOnly: boolean
  readonly csrfToken: string | null
  /** In ISO 8601; null without a session. */
  readonly expires: string | null
}

export interface ImportNowAnswer {
  readonly outcome: ImportRequest
}

export interface ForgetAnswer {
  readonly outcome: Forgetting
  /** As the ledger knows it. */
  readonly client: string
}
