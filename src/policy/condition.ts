// What a rule asks, and what it is asked of: the shapes that all conditions share.
import type { Identity, Verdict } from '../ltpa/token.ts'
import type { Cookie, CookiePattern } from './cookie-pattern.ts'
import type { NetworkAddress } from './network-address.ts'
import type { NetworkSet } from './network-set.ts'

/** Why there is no client address. */
export type ClientDoubt = 'peer-unknown' | 'client-header-missing' | 'client-header-unparsable'

/** Why some or all cookies that rules ask for were not read. */
export type CookieDoubt = 'cookies-too-long' | 'cookies-too-many'

export interface Doubt<Reason extends string> {
  readonly reason: Reason
  /** For an administrator. */
  readonly text: string
}

/** What is known of one request. Whatever is doubtful is undefined, and undefined matches nothing. */
export interface Evidence {
  /** The peer, or the client after trusted proxies. */
  readonly client: NetworkAddress | undefined
  /** Why `client` is undefined. */
  readonly clientDoubt?: Doubt<ClientDoubt>
  readonly cookies: readonly Cookie[]
  /** Why not all cookies that rules ask for are in `cookies`. */
  readonly cookieDoubt?: Doubt<CookieDoubt>
  /** The mail address of the photo asked for, canonical; undefined when the request names none. */
  readonly photo: string | undefined
  /** Tells under which other addresses the photo's person has one; undefined: nobody has looked. */
  readonly aliasesOf?: AliasesOf | undefined
  /** What became of the LTPA tokens among the cookies; undefined: there are no keys to ask. */
  readonly tokens?: Tokens | undefined
}

/**
 * All addresses of the person whose photo this is, none where there is no other; or why nobody can know them now.
 * The same list means the same addresses.
 */
export type AliasesOf = (address: string) => readonly string[] | { readonly unknown: string }

/** The dearest evidence: tokens are verified when a rule first asks, and not at all if none does. */
export interface Tokens {
  verdicts(): readonly TokenVerdict[]
}

export interface TokenVerdict {
  /** As configured, in lower case. */
  readonly cookie: string
  readonly verdict: Verdict
}

export interface Condition {
  readonly kind: 'from' | 'cookie' | 'ltpa' | 'photos'
  matches(evidence: Evidence): boolean
  /** Why it matched or not, in words. Never contains a cookie's value. */
  describe(evidence: Evidence): string
  /** Of `photos`: it keeps people out, under whatever address. */
  readonly excludesPeople?: boolean
  /** Whether it does not match for the sole reason that nobody knows now whose else the photo is. */
  isUndecided?(evidence: Evidence): boolean
  /** Who the client is, by the token that made the condition match. */
  identify?(evidence: Evidence): Identity | undefined
  /** What it asks for, for those who write it down in another language. */
  readonly networks?: NetworkSet
  readonly cookies?: readonly CookiePattern[]
  /** Of `ltpa`: whoever it is. */
  readonly isAnyIdentity?: boolean
  /** The name of the network that holds the client, as the rule has it. */
  locate?(client: NetworkAddress): string | undefined
}
