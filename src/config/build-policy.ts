// From the checked text to rules: resolves names, parses lists, and refuses what the schema cannot see.

import { quoteRealm } from '../ltpa/refusal-text.ts'
import type { Condition } from '../policy/condition.ts'
import { cookieCondition } from '../policy/cookie-condition.ts'
import { namesCookie, parseCookiePattern } from '../policy/cookie-pattern.ts'
import { buildIdentityPattern } from '../policy/identity-pattern.ts'
import { ltpaCondition } from '../policy/ltpa-condition.ts'
import type { Policy, Rule } from '../policy/policy.ts'
import { turnedAwayRule } from '../policy/policy.ts'
import { findNearest } from '../text/nearest.ts'
import type { RuleText } from './build-budget.ts'
import { buildCounting, warnOfHiddenRules } from './build-budget.ts'
import type { NetworksInput } from './build-from.ts'
import { buildFrom } from './build-from.ts'
import type { PhotosInput } from './build-photos.ts'
import { buildPhotos } from './build-photos.ts'
import { isRefused } from './document/findings.ts'
import { buildSigned, warnOfUnusedLinks } from './links/build-link.ts'
import { presentOf } from './lists.ts'
import type { LinkSettings, LtpaSettings } from './settings.ts'
import { passCookieName } from './settings.ts'

export interface RulesInput extends PhotosInput, NetworksInput {
  /** A rule that the schema refused is undefined; the others keep their places. */
  readonly allow: readonly (RuleText | undefined)[]
  /** Undefined: there are no keys to verify a token with. */
  readonly ltpa: LtpaSettings | undefined
  /** Undefined: there are no secrets to verify a link with. */
  readonly links: LinkSettings | undefined
}

/** The cookies that any rule asks for, by whole names and by what names begin with. */
interface AskedCookies {
  readonly names: Set<string>
  readonly prefixes: Set<string>
}

export function buildPolicy(input: RulesInput): Policy {
  const { allow, ltpa, findings } = input
  const firstOf = new Map<string, number>()
  const asksForTokens = allow.some(rule => rule?.ltpa !== undefined)
  const tokenCookies = ltpa === undefined ? [] : [...ltpa.cookies.v2, ...ltpa.cookies.v1]
  const asked: AskedCookies = {
    names: new Set([
      ...(asksForTokens ? tokenCookies : []),
      ...(allow.some(rule => rule?.pass !== undefined) ? [passCookieName.toLowerCase()] : []),
    ]),
    prefixes: new Set(),
  }
  const rules = allow.map((text = {}, at) => {
    const { name = '' } = text
    const first = firstOf.get(name)
    const keys = ['allow', at, 'name']
    if (name === turnedAwayRule) {
      findings.refuse(
        keys,
        `"${name}" is what the log says when no rule matches; choose another name`,
      )
    } else if (name !== '' && first !== undefined) {
      findings.refuse(keys, `"${name}" is taken by allow[${first}]; give each rule its own name`)
    }
    firstOf.set(name, first ?? at)
    return {
      name,
      conditions: buildConditions({ ...input, asked }, text, at),
      ...buildCounting(input, text, at),
    }
  })
  warnOfHiddenRules(input)
  if (ltpa !== undefined && !asksForTokens) {
    findings.warn(['ltpa'], 'is used by no rule; add one with ltpa: verified')
  }
  warnOfUnusedLinks(input)
  if (rules.length === 0) {
    const message = 'has no rules: every request is turned away'
    findings.warn(['allow'], message, 'GATE_CONFIG_NO_RULE')
  }
  const { names: cookieNames, prefixes } = asked
  return prefixes.size === 0
    ? { rules, cookieNames }
    : { rules, cookieNames, cookiePrefixes: [...prefixes] }
}

/** Adds the cookies that the rule asks for to `asked`. */
function buildConditions(
  input: RulesInput & { readonly asked: AskedCookies },
  text: RuleText,
  at: number,
): Rule['conditions'] {
  const { findings, asked } = input
  const { name, from, cookie, ltpa, link, pass, photos } = text
  const conditions: Condition[] = []
  if (from !== undefined) conditions.push(buildFrom(input, from, at))
  if (cookie !== undefined) {
    const patterns = presentOf(cookie).map(parseCookiePattern)
    for (const { name: wanted, isNamePrefix } of patterns) {
      ;(isNamePrefix ? asked.prefixes : asked.names).add(wanted)
    }
    conditions.push(cookieCondition(patterns))
    if ((ltpa ?? link ?? pass) === undefined) warnOfPresence(input, text, at)
  }
  if (ltpa !== undefined) conditions.push(buildLtpa(input, ltpa, at))
  conditions.push(...buildSigned(input, text, at))
  if (photos !== undefined) {
    conditions.push(buildPhotos(input, photos, at))
    if (conditions.length === 1) {
      const message = `of rule "${name}" is its only condition: these photos are open to everybody`
      findings.warn(['allow', at, 'photos'], message)
    }
  }
  if (conditions.length === 0 && !isRefused(findings, ['allow', at])) {
    const message =
      'has no condition and would admit everybody; add from, ltpa, cookie, link, pass or photos'
    findings.refuse(['allow', at], message, 'GATE_CONFIG_NO_CONDITION')
  }
  return conditions
}

// A rule on a token's cookie alone could verify the token where there are keys.
function warnOfPresence({ ltpa, findings }: RulesInput, text: RuleText, at: number): void {
  const { name, from, cookie = [] } = text
  const keys = ['allow', at, 'cookie']
  const tokenCookies = ltpa === undefined ? [] : [...ltpa.cookies.v2, ...ltpa.cookies.v1]
  const bare = presentOf(cookie)
    .map(parseCookiePattern)
    .find(pattern => tokenCookies.some(each => namesCookie(pattern, each)))
  if (bare !== undefined) {
    const message = `of rule "${name}" takes any ${bare.text}, also a forged one, although there are keys to verify it with; write ltpa: verified`
    findings.warn(keys, message)
  } else if (from === undefined) {
    const isOfTokens = presentOf(cookie).some(each => /^ltpa/i.test(each))
    const advice = isOfTokens ? '' : '; for guests of meetings write pass: signed (photogate pass)'
    const message = `of rule "${name}" only looks whether a cookie is there: anyone can send one${advice}`
    findings.warn(keys, message)
  }
}

function buildLtpa(
  { ltpa, findings }: RulesInput,
  wanted: NonNullable<RuleText['ltpa']>,
  at: number,
): Condition {
  const keys = ['allow', at, 'ltpa']
  if (ltpa === undefined && !isRefused(findings, ['ltpa'])) {
    const message =
      'needs keys to verify with; add ltpa: { keys: [{ file: ltpa.keys, passwordFile: ltpa.password }] }'
    findings.refuse(keys, message)
  }
  if (wanted === 'verified') return ltpaCondition(buildIdentityPattern({}))
  const realms = wanted.realm === undefined ? undefined : presentOf(wanted.realm)
  const users = wanted.user === undefined ? undefined : presentOf(wanted.user)
  if (realms === undefined && users === undefined && !isRefused(findings, keys)) {
    findings.refuse(keys, 'asks for nothing; write verified, or add realm or user')
  }
  const accepted = ltpa?.realms
  const strange = realms?.find(realm => accepted !== undefined && !accepted.includes(realm))
  if (strange !== undefined && accepted !== undefined) {
    const nearest = findNearest(strange, accepted)
    const hint = nearest
      ? `did you mean ${nearest}?`
      : `add realms: [${quoteRealm(strange)}] to the keys that sign for it`
    const message = `"${strange}" is not among the realms that are accepted; ${hint}`
    findings.refuse([...keys, 'realm'], message)
  }
  return ltpaCondition(buildIdentityPattern({ realms, users }))
}
