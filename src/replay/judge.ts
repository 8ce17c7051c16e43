// How a configuration decides a logged request: admitted, turned away or unknown. Evidence and decision are those of the
// gate. Missing evidence can only hide an admission, because evidence never turns a request away. So a request that is
// admitted without it is certain, and one that some rule could admit with it is in doubt.
import type { Settings } from '../config/settings.ts'
import type { Client } from '../evidence/client-address.ts'
import { readEvidence } from '../evidence/evidence.ts'
import { buildPassVerifier } from '../evidence/guest-pass.ts'
import { buildLinkKeys } from '../evidence/link-keys.ts'
import { cacheVerdicts } from '../evidence/verdict-cache.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import type { UndatedEntry } from '../policy/budget.ts'
import { ledgerEntryOf } from '../policy/budget.ts'
import type { AliasesOf, Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Policy, Rule } from '../policy/policy.ts'
import { decide } from '../policy/policy.ts'
import { buildCookieCache } from './cookie-memory.ts'

export type Outcome = 'admitted' | 'turned-away' | 'unknown'

/** Why an outcome is unknown. */
export type OutcomeDoubt =
  /** The log does not say which cookies were sent. */
  | 'no-cookies'
  /** The log does not name the client: it has a host name, or one of the proxies. */
  | 'no-client'
  /** The photo's other addresses are unknown: the photo folder is missing or unreadable. */
  | 'no-people'
  /** The logged status does not tell whether the request was admitted. */
  | 'status'

export interface LoggedOutcome {
  readonly outcome: Outcome
  /** The rule that admits, or all rules that might. */
  readonly rules: readonly string[]
  /** Only when the outcome is unknown. */
  readonly doubt?: OutcomeDoubt
}

export interface LoggedRequest {
  /** Undefined when the log does not name the client. */
  readonly client: NetworkAddress | undefined
  /** The Cookie header; null when none was sent, undefined when the log does not say. */
  readonly cookie: string | null | undefined
  /** The canonical mail address. */
  readonly photo: string
  /** The request-target, of which a signed link is read. Undefined: the log does not say. */
  readonly url?: string | undefined
  /** The time of the request, in milliseconds since the epoch. Tokens, links and passes are judged by it. */
  readonly timeMs: number
}

export type LogJudge = (request: LoggedRequest) => LoggedOutcome

const turnedAway: LoggedOutcome = { outcome: 'turned-away', rules: [] }

// A forged token of last month keeps no client waiting.
const unlimited = { isSpent: () => false, spend: () => {} }

/**
 * `aliasesOf`: of the present photo folder; undefined when it was not read. `onCounted`: called for each request that a
 * rule with a budget admits.
 */
export function buildLogJudge(
  settings: Settings,
  aliasesOf?: AliasesOf,
  onCounted?: (entry: UndatedEntry) => void,
): LogJudge {
  const { policy, ltpa, links } = settings
  const linkKeys = links && buildLinkKeys(links.secrets)
  const state = {
    settings,
    ...(aliasesOf && { aliasesOf }),
    // The front wrote the log, so the client in the log is trusted.
    readClient: readLogged,
    verifyToken: ltpa && cacheVerdicts(buildVerifier(ltpa), undefined, unlimited),
    linkKeys,
    verifyPass: linkKeys && buildPassVerifier(linkKeys),
    signIns: buildCookieCache(),
  }
  // Made once each: a line allocates nothing, and equal outcomes are the same object.
  const admitted = new Map(
    policy.rules.map((rule): [Rule, LoggedOutcome] => [
      rule,
      { outcome: 'admitted', rules: [rule.name] },
    ]),
  )
  const doubtOf = buildDoubtCache()
  return ({ client, cookie, photo, url, timeMs }) => {
    const headers = typeof cookie === 'string' ? { cookie } : {}
    const facts = { peer: client, headers, photo, url, nowMs: timeMs }
    const { evidence, sent } = readEvidence(state, facts)
    const decision = decide(policy, evidence)
    state.signIns.remember(sent)
    if (decision.admitted) {
      if (onCounted !== undefined && decision.rule.budget !== undefined) {
        const entry = ledgerEntryOf(decision, { evidence, canaries: settings.canaries })
        if (entry !== undefined) onCounted(entry)
      }
      return admitted.get(decision.rule) as LoggedOutcome
    }
    const hidden = { client: client === undefined, cookies: cookie === undefined }
    const isKnown = !hidden.client && !hidden.cookies
    if (isKnown && decision.reason !== 'person-unknown') return turnedAway
    const rules = policy.rules.filter(rule => mightAdmit(rule, evidence, hidden))
    return rules.length === 0 ? turnedAway : doubtOf(rules, hidden)
  }
}

/** Whether any rule asks for cookies. Otherwise a log need not have them. */
export function asksForCookies({ rules }: Policy): boolean {
  return rules.some(({ conditions }) => conditions.some(({ kind }) => isOfCookies(kind)))
}

/** The outcome by the old server's status. A 404 was admitted: the photo was missing. */
export function judgeStatus(status: number): LoggedOutcome {
  return statuses.get(status) ?? unclear
}

const unclear: LoggedOutcome = { outcome: 'unknown', rules: [], doubt: 'status' }
const statuses = new Map<number, LoggedOutcome>([
  ...[200, 206, 304, 404].map((code): [number, LoggedOutcome] => [
    code,
    { outcome: 'admitted', rules: [] },
  ]),
  ...[301, 302, 303, 307, 401, 403].map((code): [number, LoggedOutcome] => [code, turnedAway]),
])

interface Hidden {
  readonly client: boolean
  readonly cookies: boolean
}

function mightAdmit({ conditions }: Rule, evidence: Evidence, hidden: Hidden): boolean {
  // A rule without conditions admits nobody.
  return (
    conditions.length > 0 &&
    conditions.every(condition => {
      const isHidden = isOfCookies(condition.kind)
        ? hidden.cookies
        : condition.kind === 'from' && hidden.client
      return isHidden || condition.matches(evidence) || condition.isUndecided?.(evidence)
    })
  )
}

function isOfCookies(kind: Rule['conditions'][number]['kind']): boolean {
  return kind === 'cookie' || kind === 'ltpa' || kind === 'pass'
}

function buildDoubtCache() {
  const known = new Map<string, LoggedOutcome>()
  return (rules: readonly Rule[], hidden: Hidden): LoggedOutcome => {
    // If there are two reasons, the one that would remain if the log had cookies.
    const isClient =
      hidden.client &&
      rules.some(({ conditions }) => conditions.some(({ kind }) => kind === 'from'))
    const doubt = isClient ? 'no-client' : hidden.cookies ? 'no-cookies' : 'no-people'
    const names = rules.map(({ name }) => name)
    const key = `${doubt} ${names.join(' ')}`
    const found = known.get(key)
    if (found !== undefined) return found
    const judgement: LoggedOutcome = { outcome: 'unknown', rules: names, doubt }
    known.set(key, judgement)
    return judgement
  }
}

function readLogged(address: NetworkAddress | undefined): Client {
  return { address, doubt: undefined, isIgnored: false }
}
