// From the checked text to rules: resolves names, parses lists, and refuses what the schema cannot see.

import { quoteRealm } from '../ltpa/refusal-text.ts'
import type { Condition } from '../policy/condition.ts'
import { cookieCondition } from '../policy/cookie-condition.ts'
import { namesCookie, parseCookiePattern } from '../policy/cookie-pattern.ts'
import { fromCondition } from '../policy/from-condition.ts'
import { buildIdentityPattern } from '../policy/identity-pattern.ts'
import { ltpaCondition } from '../policy/ltpa-condition.ts'
import type { NetworkRange } from '../policy/network-set.ts'
import { buildNetworkSet, coversFamily, overlaps, parseNetwork } from '../policy/network-set.ts'
import type { Policy, Rule } from '../policy/policy.ts'
import { turnedAwayRule } from '../policy/policy.ts'
import { findNearest } from '../text/nearest.ts'
import type { PhotosInput } from './build-photos.ts'
import { buildPhotos } from './build-photos.ts'
import type { Findings } from './document/findings.ts'
import { isRefused } from './document/findings.ts'
import { listOf, presentOf } from './lists.ts'
import { namePattern } from './schema/formats.ts'
import type { ConfigText } from './schema/schema.ts'
import type { LtpaSettings } from './settings.ts'

type RuleText = Partial<NonNullable<ConfigText['allow']>[number]>
type Ranges = readonly NetworkRange[]

export interface RulesInput extends PhotosInput {
  /** A rule that the schema refused is undefined; the others keep their places. */
  readonly allow: readonly (RuleText | undefined)[]
  readonly networks: ReadonlyMap<string, Ranges>
  readonly proxies: Ranges
  /** Undefined: there are no keys to verify a token with. */
  readonly ltpa: LtpaSettings | undefined
  readonly findings: Findings
}

/** The cookies that any rule asks for, by whole names and by what names begin with. */
interface AskedCookies {
  readonly names: Set<string>
  readonly prefixes: Set<string>
}

const loopback = ['127.0.0.1', '::1'].map(parseNetwork)

export function buildPolicy(input: RulesInput): Policy {
  const { allow, ltpa, findings } = input
  const firstOf = new Map<string, number>()
  const asksForTokens = allow.some(rule => rule?.ltpa !== undefined)
  const tokenCookies = ltpa === undefined ? [] : [...ltpa.cookies.v2, ...ltpa.cookies.v1]
  const asked: AskedCookies = {
    names: new Set(asksForTokens ? tokenCookies : []),
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
    return { name, conditions: buildConditions({ ...input, asked }, text, at) }
  })
  if (ltpa !== undefined && !asksForTokens) {
    findings.warn(['ltpa'], 'is used by no rule; add one with ltpa: verified')
  }
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
  const { name, from, cookie, ltpa, photos } = text
  const conditions: Condition[] = []
  if (from !== undefined) conditions.push(buildFrom(input, from, at))
  if (cookie !== undefined) {
    const patterns = presentOf(cookie).map(parseCookiePattern)
    for (const { name: wanted, isNamePrefix } of patterns) {
      ;(isNamePrefix ? asked.prefixes : asked.names).add(wanted)
    }
    conditions.push(cookieCondition(patterns))
    if (ltpa === undefined) warnOfPresence(input, text, at)
  }
  if (ltpa !== undefined) conditions.push(buildLtpa(input, ltpa, at))
  if (photos !== undefined) {
    conditions.push(buildPhotos(input, photos, at))
    if (conditions.length === 1) {
      const message = `of rule "${name}" is its only condition: these photos are open to everybody`
      findings.warn(['allow', at, 'photos'], message)
    }
  }
  if (conditions.length === 0 && !isRefused(findings, ['allow', at])) {
    const message = 'has no condition and would admit everybody; add from, ltpa, cookie or photos'
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
    const message = `of rule "${name}" only looks whether a cookie is there: anyone can send one`
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

function buildFrom(
  { networks, proxies, findings }: RulesInput,
  from: string | string[],
  at: number,
) {
  const named = listOf(from).flatMap((entry: string | undefined, index) => {
    if (entry === undefined) return []
    const keys = ['allow', at, 'from', ...(typeof from === 'string' ? [] : [index])]
    const ranges = namePattern.test(entry) ? networks.get(entry) : [parseNetwork(entry)]
    if (ranges === undefined) {
      const nearest = findNearest(entry, [...networks.keys()])
      const hint = nearest
        ? `did you mean ${nearest}?`
        : 'add it there, or write an address or a block'
      findings.refuse(keys, `"${entry}" is not among networks; ${hint}`)
      return []
    }
    for (const risk of risksOf(ranges, proxies)) findings.warn(keys, `"${entry}" ${risk}`)
    return [{ name: entry, ranges, set: buildNetworkSet(ranges) }]
  })
  const [only, ...others] = named
  const all =
    only !== undefined && others.length === 0
      ? only.set
      : buildNetworkSet(named.flatMap(({ ranges }) => [...ranges]))
  return fromCondition(
    all,
    named.map(({ name, set }) => ({ name, set })),
  )
}

function risksOf(ranges: Ranges, proxies: Ranges): string[] {
  const families = ([4, 6] as const)
    .map(family => ({ family, own: ranges.filter(({ first }) => first.family === family) }))
    .filter(({ own }) => own.length > 0)
  const whole = families.filter(({ own }) => coversFamily(own))
  // The complement of a block list covers one whole family, and not the other.
  if (whole.length > 0) {
    const all = `every address of IPv${whole[0]?.family}`
    return [
      whole.length === families.length
        ? 'is every address there is: this condition holds for everybody'
        : `holds ${all}: this condition holds for everybody who comes over it`,
    ]
  }
  const risks: string[] = []
  if (overlaps(ranges, loopback)) {
    risks.push(
      'holds this machine: a front on it that is not among proxies admits everybody who comes through it',
    )
  }
  if (overlaps(ranges, proxies)) {
    risks.push(
      'holds a proxy: should that front ever be taken out of proxies, everybody who comes through it is admitted',
    )
  }
  return risks
}
