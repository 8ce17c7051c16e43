// What a configuration makes of a logged request: admitted, turned away, or not to be known. Evidence and
// decision are those of the gate. What the log does not say is no evidence, and evidence only ever admits:
// so whom the gate admits without it, it admits with it; and whom some rule could admit with it, is in doubt.
import type { Settings } from '../config/settings.ts'
import type { Client } from '../evidence/client-address.ts'
import { readEvidence } from '../evidence/evidence.ts'
import { cacheVerdicts } from '../evidence/verdict-cache.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import type { AliasesOf, Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Policy, Rule } from '../policy/policy.ts'
import { decide } from '../policy/policy.ts'
import { rememberCookies } from './cookie-memory.ts'

export type Outcome = 'admitted' | 'turned-away' | 'unknown'

/** Why an outcome cannot be known. */
export type Doubt =
  /** The log does not say which cookies were sent. */
  | 'no-cookies'
  /** The log does not say who the client was: it has a host name, or one of the proxies. */
  | 'no-client'
  /** Nobody knows whose else the photo is: the photo folder is not here, or cannot be read. */
  | 'no-people'
  /** The logged status is given to the admitted and the turned away alike. */
  | 'status'

export interface Judgement {
  readonly outcome: Outcome
  /** The rule that admits, or all that might. */
  readonly rules: readonly string[]
  /** Only of what is not known. */
  readonly doubt?: Doubt
}

export interface LoggedRequest {
  /** Undefined: the log does not say who it was. */
  readonly client: NetworkAddress | undefined
  /** The Cookie header; null: none was sent; undefined: the log does not say. */
  readonly cookie: string | null | undefined
  /** Canonical. */
  readonly photo: string
  /** Milliseconds since the epoch: when it was asked, and tokens were valid or not. */
  readonly timeMs: number
}

export type Judge = (request: LoggedRequest) => Judgement

const turnedAway: Judgement = { outcome: 'turned-away', rules: [] }

// Nobody is kept waiting by a forged token of last month.
const unlimited = { isSpent: () => false, spend: () => {} }

/** `aliasesOf`: of the photo folder as it is now; undefined: it was not read. */
export function buildJudge(settings: Settings, aliasesOf?: AliasesOf): Judge {
  const { policy, ltpa } = settings
  const state = {
    settings,
    ...(aliasesOf && { aliasesOf }),
    // The front wrote the log: what it calls the client is the client.
    readClient: readLogged,
    verifyToken: ltpa && cacheVerdicts(buildVerifier(ltpa), undefined, unlimited),
    signIns: rememberCookies(),
  }
  // Made once each: a line costs no object, and the same judgement is the same value.
  const admitted = new Map(
    policy.rules.map((rule): [Rule, Judgement] => [
      rule,
      { outcome: 'admitted', rules: [rule.name] },
    ]),
  )
  const findDoubt = rememberDoubts()
  return ({ client, cookie, photo, timeMs }) => {
    const headers = typeof cookie === 'string' ? { cookie } : {}
    const facts = { peer: client, headers, photo, nowMs: timeMs }
    const { evidence, sent } = readEvidence(state, facts)
    const decision = decide(policy, evidence)
    state.signIns.remember(sent)
    if (decision.admitted) return admitted.get(decision.rule) as Judgement
    const hidden = { client: client === undefined, cookies: cookie === undefined }
    const isKnown = !hidden.client && !hidden.cookies
    if (isKnown && decision.reason !== 'person-unknown') return turnedAway
    const rules = policy.rules.filter(rule => mightAdmit(rule, evidence, hidden))
    return rules.length === 0 ? turnedAway : findDoubt(rules, hidden)
  }
}

/** Whether any rule looks at cookies: else a log need not have them. */
export function asksForCookies({ rules }: Policy): boolean {
  return rules.some(({ conditions }) => conditions.some(({ kind }) => isOfCookies(kind)))
}

/** By the status that the old server answered with; 404 is for those who may see what is not there. */
export function judgeStatus(status: number): Judgement {
  return statuses.get(status) ?? unclear
}

const unclear: Judgement = { outcome: 'unknown', rules: [], doubt: 'status' }
const statuses = new Map<number, Judgement>([
  ...[200, 206, 304, 404].map((code): [number, Judgement] => [
    code,
    { outcome: 'admitted', rules: [] },
  ]),
  ...[301, 302, 303, 307, 401, 403].map((code): [number, Judgement] => [code, turnedAway]),
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
  return kind === 'cookie' || kind === 'ltpa'
}

function rememberDoubts() {
  const known = new Map<string, Judgement>()
  return (rules: readonly Rule[], hidden: Hidden): Judgement => {
    // Of two reasons the one that would be left if the log had cookies.
    const isClient =
      hidden.client &&
      rules.some(({ conditions }) => conditions.some(({ kind }) => kind === 'from'))
    const doubt = isClient ? 'no-client' : hidden.cookies ? 'no-cookies' : 'no-people'
    const names = rules.map(({ name }) => name)
    const key = `${doubt} ${names.join(' ')}`
    const found = known.get(key)
    if (found !== undefined) return found
    const judgement: Judgement = { outcome: 'unknown', rules: names, doubt }
    known.set(key, judgement)
    return judgement
  }
}

function readLogged(address: NetworkAddress | undefined): Client {
  return { address, doubt: undefined, isIgnored: false }
}
