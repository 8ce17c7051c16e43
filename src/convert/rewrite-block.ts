// The opposite direction: writes rules of photogate as a RewriteCond block, for sites that must stay on IHS. Its
// expressions admit exactly the configured networks, which is proved. Rules that IHS cannot express are left out and
// listed.
import type { Otherwise, Settings } from '../config/settings.ts'
import { turnedAwayPath } from '../config/settings.ts'
import type { Condition } from '../policy/condition.ts'
import type { CookiePattern } from '../policy/cookie-pattern.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import type { Rule } from '../policy/policy.ts'
import type { AddressSpace } from './regex/address-diagram.ts'
import { addressesOf, openAddressSpace } from './regex/address-diagram.ts'
import { formatAddresses } from './regex/address-regex.ts'
import { buildAutomaton } from './regex/automaton.ts'
import { findAddresses } from './regex/matched-addresses.ts'
import { parseRegex } from './regex/regex-parser.ts'

export interface RewriteBlock {
  readonly text: string
  /** The differences between the block and the configuration. */
  readonly notes: readonly string[]
}

export interface RewriteBlockOptions {
  /** Test for the presence of LTPA cookies where the configuration verifies their tokens. */
  readonly presence?: boolean
}

export function buildRewriteBlock(
  { policy, otherwise, ltpa }: Settings,
  { presence = false }: RewriteBlockOptions = {},
): RewriteBlock {
  const space = openAddressSpace()
  const notes: string[] = []
  const tokenCookies = presence && ltpa ? [...ltpa.cookies.v2, ...ltpa.cookies.v1] : undefined
  const lines = policy.rules.flatMap(rule => {
    const tests = readRule(rule, { space, notes, tokenCookies })
    return tests === undefined ? [] : [`# ${rule.name}`, ...conditionsOf(tests)]
  })
  const rule = outcomeOf(otherwise, notes)
  return { text: ['RewriteEngine On', ...lines, rule].join('\n'), notes }
}

interface RuleTests {
  /** Expressions on the address. One of them is enough. Undefined: from anywhere. */
  readonly addresses: readonly string[] | undefined
  readonly cookie: string | undefined
}

interface BlockContext {
  readonly space: AddressSpace
  readonly notes: string[]
  /** Undefined: do not test for tokens. */
  readonly tokenCookies: readonly string[] | undefined
}

function readRule(
  { name, conditions, budget }: Rule,
  context: BlockContext,
): RuleTests | undefined {
  const { notes, tokenCookies } = context
  let tests: RuleTests = { addresses: undefined, cookie: undefined }
  const leave = (reason: string) => void notes.push(`rule ${name} is left out: ${reason}`)
  if (budget !== undefined) return leave('IHS cannot count the people of its budget')
  for (const condition of conditions) {
    if (condition.kind === 'photos') return leave('IHS cannot test which photo is asked for')
    if (condition.kind === 'link') return leave('IHS cannot verify signed links')
    if (condition.kind === 'pass') return leave('IHS cannot verify guest passes')
    if (condition.kind === 'from') {
      const addresses = readNetworks(condition.networks as NetworkSet, name, context)
      if (addresses.length === 0) return leave('it has only IPv6 networks')
      tests = { ...tests, addresses }
      continue
    }
    const cookies = cookiesOf(condition, tokenCookies)
    if (cookies === undefined) return leave(tokenReason(tokenCookies))
    if (tests.cookie !== undefined) return leave('it asks for a token and for another cookie')
    tests = { ...tests, cookie: formatCookies(cookies) }
  }
  return tests
}

function tokenReason(tokenCookies: readonly string[] | undefined): string {
  return tokenCookies === undefined
    ? 'IHS cannot verify tokens; with --presence it tests for the cookie, which anybody can send'
    : 'IHS cannot read whose token it is'
}

function cookiesOf(
  { cookies, isAnyIdentity }: Condition,
  tokenCookies: readonly string[] | undefined,
): readonly CookiePattern[] | undefined {
  if (cookies !== undefined) return cookies
  if (isAnyIdentity !== true) return undefined
  return tokenCookies?.map(name => ({ name, isNamePrefix: false, isPrefix: false, text: name }))
}

/** @throws when the expressions do not match exactly the networks: the report claims only what was checked */
function readNetworks(
  networks: NetworkSet,
  rule: string,
  { space, notes }: BlockContext,
): string[] {
  const ranges = networks.ranges()
  const set = addressesOf(ranges, space)
  const others = ranges.filter(({ first }) => first.family === 6).length
  if (others > 0 && set !== space.none) {
    notes.push(
      `rule ${rule}: ${others} IPv6 network${others === 1 ? ' is' : 's are'} left out; an expression cannot be trusted to match IPv6 addresses`,
    )
  }
  const texts = formatAddresses(set, space)
  const admitted = texts
    .map(text => findAddresses(buildAutomaton(parseRegex(text)), space))
    .reduce((all, each) => space.union(all, each), space.none)
  if (admitted !== set) throw new Error(`the networks of ${rule} were not carried over exactly`)
  return texts
}

/** A client is turned away when every rule fails. A rule fails when one of its conditions does. */
function conditionsOf({ addresses, cookie }: RuleTests): string[] {
  const sent = `RewriteCond %{HTTP_COOKIE} !${cookie} [NC]`
  if (addresses === undefined) return [sent]
  return addresses.flatMap(text => {
    const line = `RewriteCond %{REMOTE_ADDR} !${text}`
    return cookie === undefined ? [line] : [`${line} [OR]`, sent]
  })
}

// Without blanks and quotes, because Apache splits a line at them. A value of quotes only counts as empty.
function formatCookies(patterns: readonly CookiePattern[]): string {
  const texts = patterns.map(({ name, isNamePrefix, value, isPrefix }) => {
    if (value === undefined)
      return `${escaped(name)}${isNamePrefix ? '[^=;\\s]*' : ''}=\\x22?[^;\\x22\\s]`
    // Quotes and blanks are part of the value.
    return `${escaped(name)}=${escaped(value)}${isPrefix ? '' : '(?:;|$)'}`
  })
  return `(?:^|;)\\s*${texts.length === 1 ? texts[0] : `(?:${texts.join('|')})`}`
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, char =>
    /[\s"']/.test(char) ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${char}`,
  )
}

function outcomeOf(otherwise: Otherwise, notes: string[]): string {
  if ('status' in otherwise) {
    if (otherwise.status === 404) return 'RewriteRule ^ - [R=404,L]'
    if (otherwise.status === 401) notes.push('the turned away get 403, where photogate answers 401')
    return 'RewriteRule ^ - [F]'
  }
  if (otherwise.redirect === turnedAwayPath) {
    notes.push('the turned away get 403: photogate would show them its own page')
    return 'RewriteRule ^ - [F]'
  }
  // Also the brace: Apache replaces ${…} from its environment before mod_rewrite sees a backslash.
  const target = otherwise.redirect.replace(/[$%{\\]/g, '\\$&')
  return `RewriteRule ^ ${target} [R=302,NE,L]`
}
