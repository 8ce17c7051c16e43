// The shapes that all conditions share: the evidence of a request, and the condition that judges it.
import type { Identity, Verdict } from '../ltpa/token.ts'
import type { Cookie, CookiePattern } from './cookie-pattern.ts'
import type { NetworkAddress } from './network-address.ts'
import type { NetworkSet } from './network-set.ts'

/** Why there is no client address. */
export type ClientDoubt =
  | 'peer-unknown'
  | 'front-unproven'
  | 'client-header-missing'
  | 'client-header-unparsable'

/** Why some or all cookies that rules ask for were not read. */
export type CookieDoubt = 'cookies-too-long' | 'cookies-too-many'

export interface Doubt<Reason extends string> {
  readonly reason: Reason
  /** For an administrator. */
  readonly text: string
}

/** What is known of one request. A doubtful fact is undefined, and undefined matches nothing. */
export interface Evidence {
  /** The peer's address, or the client's behind trusted proxies. */
  readonly client: NetworkAddress | undefined
  /** Why `client` is undefined. */
  readonly clientDoubt?: Doubt<ClientDoubt>
  readonly cookies: readonly Cookie[]
  /** Why not all cookies that rules ask for are in `cookies`. */
  readonly cookieDoubt?: Doubt<CookieDoubt>
  /** The mail address of the photo asked for, canonical; undefined when the request names none. */
  readonly photo: string | undefined
  /** The person's other addresses; undefined: the photo folder was not read. */
  readonly aliasesOf?: AliasesOf | undefined
  /** The verdicts on the LTPA tokens among the cookies; undefined: no keys are configured. */
  readonly tokens?: Tokens | undefined
  /** The verdict on the request as a signed link; undefined: no secrets are configured, or no photo is named. */
  readonly link?: SentLink | undefined
  /** The verdicts on the guest passes among the cookies; undefined: no rule asks for one. */
  readonly passes?: SentPasses | undefined
}

/**
 * All addresses of the person in the photo, empty when there is only one; or why they are unknown now.
 * One list object means one set of addresses.
 */
export type AliasesOf = (address: string) => Aliases | { readonly unknown: string }

/** More addresses than one person has, rather than fewer: what hides a person must hide all of them. */
export interface Aliases extends ReadonlyArray<string> {
  /** Certainly one person and no more, so what counts people may count these addresses as one. */
  readonly isOnePerson?: boolean
}

/** Expensive: tokens are verified when a rule first asks, and never if no rule does. */
export interface Tokens {
  verdicts(): readonly TokenVerdict[]
}

export interface TokenVerdict {
  /** As configured, in lower case. */
  readonly cookie: string
  readonly verdict: Verdict
}

/** Verified when a rule first asks. */
export interface SentLink {
  verdict(): LinkVerdict
}

/** `expiresMs`: milliseconds since the epoch. */
export type LinkVerdict =
  | { readonly valid: true; readonly expiresMs: number }
  | { readonly valid: false; readonly reason: 'expired'; readonly expiresMs: number }
  | {
      readonly valid: false
      readonly reason:
        | 'unsigned'
        | 'cut'
        | 'doubled'
        | 'malformed'
        | 'unknown-secret'
        | 'not-authentic'
    }

/** Verified when a rule first asks. */
export interface SentPasses {
  /** In the order of the cookies, of at most as many as are read. */
  verdicts(): readonly PassVerdict[]
}

/** What an authentic pass says. */
export interface GuestPass {
  /** Random; the log, budgets and alarms know the pass by it. It opens nothing. */
  readonly id: string
  /** What the organiser called it. */
  readonly name: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresMs: number
  /** Globs as parsed, without exclusions; at least one. */
  readonly photos: readonly string[]
}

export type PassVerdict =
  | { readonly valid: true; readonly reason?: undefined; readonly pass: GuestPass }
  | { readonly valid: false; readonly reason: 'expired'; readonly pass: GuestPass }
  | {
      readonly valid: false
      readonly reason: 'cut' | 'malformed' | 'unknown-secret' | 'not-authentic'
      readonly pass?: undefined
    }

export interface Condition {
  readonly kind: 'from' | 'cookie' | 'ltpa' | 'link' | 'pass' | 'photos'
  matches(evidence: Evidence): boolean
  /** Why it matched or not, in words. Never contains a cookie's value. */
  describe(evidence: Evidence): string
  /** Only for `photos`: it excludes people, under each of their addresses. */
  readonly excludesPeople?: boolean
  /** Whether it does not match only because the person's other addresses are unknown now. */
  isUndecided?(evidence: Evidence): boolean
  /** The user named by the token that made the condition match. */
  identify?(evidence: Evidence): Identity | undefined
  /** The pass that made the condition match. */
  findPass?(evidence: Evidence): GuestPass | undefined
  /** Only for `link` and `pass`: when the request stops to match, in milliseconds since the epoch. */
  expiryMs?(evidence: Evidence): number | undefined
  /** What it asks for, for snippets and rules in other languages. */
  readonly networks?: NetworkSet
  readonly cookies?: readonly CookiePattern[]
  /** Only for `ltpa`: any user satisfies it. */
  readonly isAnyIdentity?: boolean
  /** The network that holds the client, by the name that the rule uses. */
  locate?(client: NetworkAddress): string | undefined
}
