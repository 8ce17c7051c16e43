// The parsed configuration with its defaults. Data only.
import type { RedisTarget } from '../guest/redis-connection.ts'
import type { VerifierOptions } from '../ltpa/verifier.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import type { Policy } from '../policy/policy.ts'
import type { AdminSettings } from './admin/settings.ts'
import type { Problem } from './document/problem.ts'
import type { Listen, ProvenFronts } from './listen/settings.ts'
import type { SupplySettings } from './supply/settings.ts'

/** The one header that names the client's address; lower case. */
export type ClientHeader = 'x-forwarded-for' | 'forwarded' | 'x-real-ip' | '$wsra'

/** What the turned away get. `redirect` is a URL or a path, checked for use in a header. */
export type Otherwise = { readonly redirect: string } | { readonly status: 401 | 403 | 404 }

export interface PhotoSettings {
  /** Absolute path. */
  readonly directory: string
  readonly missing: 'not-found' | 'placeholder'
  readonly maxAgeSeconds: number
  readonly cacheBytes: number
}

/** How long the gate waits for a client: 1 s to 24 h. `headersSeconds` is at most `requestSeconds`. */
export interface TimeoutSettings {
  /** Between two requests of a connection. */
  readonly keepAliveSeconds: number
  /** For the head of a request. */
  readonly headersSeconds: number
  /** For a whole request. */
  readonly requestSeconds: number
}

export interface LtpaSettings extends VerifierOptions {
  /** All realms that any of the keys vouch for; undefined when there are no keys but Domino's secrets. */
  readonly realms: readonly string[] | undefined
  /** The names of the cookies that carry tokens, by version, in lower case. */
  readonly cookies: { readonly v2: ReadonlySet<string>; readonly v1: ReadonlySet<string> }
}

export interface LinkSettings {
  /** At least one, each of at least 32 bytes. The first signs, all verify. */
  readonly secrets: readonly Buffer[]
}

/** Where budgets are counted for several gates together. */
export interface LedgerSettings {
  readonly target: RedisTarget
  /** At least 32 bytes, the same at all gates. */
  readonly secret: Buffer
  /** What counts while Redis does not answer. */
  readonly whenDown: 'local' | 'refuse'
}

/** The log of a running gate. */
export interface LogSettings {
  /** Undefined: text in colours on a terminal, JSON elsewhere. */
  readonly format: 'json' | 'text' | 'combined' | undefined
  /** Absolute path. Undefined: standard output. */
  readonly file: string | undefined
  /** Undefined: the file grows. */
  readonly rotate: { readonly maxBytes: number; readonly keep: number } | undefined
}

/** The next configuration, which judges along without effect. */
export interface ShadowSettings {
  /** Absolute path. */
  readonly file: string
  /** Undefined when it has problems: then nothing is judged by it. */
  readonly settings: Settings | undefined
  readonly problems: readonly Problem[]
}

export interface Settings {
  readonly listen: readonly Listen[]
  /** Fronts that are believed by their address; undefined when there are none. */
  readonly proxies: NetworkSet | undefined
  /** Fronts that are believed by a socket or a certificate. */
  readonly provenFronts: ProvenFronts
  readonly clientHeader: ClientHeader
  readonly timeouts: TimeoutSettings
  readonly photos: PhotoSettings
  /** Undefined when there are no keys to verify tokens with. */
  readonly ltpa: LtpaSettings | undefined
  /** Undefined when there are no secrets to sign links with. */
  readonly links: LinkSettings | undefined
  /** Undefined when this gate counts for itself, in memory. */
  readonly ledger: LedgerSettings | undefined
  readonly log: LogSettings
  readonly policy: Policy
  /** Canonical mail addresses that no directory shows: only a client that guesses asks for them. */
  readonly canaries: ReadonlySet<string>
  readonly otherwise: Otherwise
  /** Undefined when photos come into the directory by other ways. */
  readonly supply: SupplySettings | undefined
  /** Undefined when there is no admin listener. */
  readonly admin: AdminSettings | undefined
  /** Undefined when there is no next configuration. */
  readonly shadow: ShadowSettings | undefined
  /** Absolute paths of all files that the settings were made of. */
  readonly files: readonly string[]
}

/** The path of the built-in page for the turned away. */
export const turnedAwayPath = '/-/turned-away'

/** The path of the page that sets the cookie of a guest pass. It exists where a rule asks for passes. */
export const passPath = '/-/pass'

/** The cookie of a guest pass. Case counts: browsers keep to the rules of `__Host-` for this spelling (RFC 6265bis). */
export const passCookieName = '__Host-photogate-pass'
