// What the running program tells the admin listener. Shapes only: server/ fills them in, and nothing here may be changed
// by a request.
import type { GateState } from '../gate/state.ts'
import type { CacheCounts } from '../photo/library-facts.ts'

/** How the program stands. A load balancer sends requests while it is `serving`. */
export type Phase = 'starting' | 'serving' | 'stopping'

/** A reload that changed nothing, because the new configuration had problems or could not be applied. */
export interface RefusedReload {
  readonly timeMs: number
  /** One line each, at most 20. */
  readonly problems: readonly string[]
}

export interface ConfigurationFacts {
  /** 1 at the start; one more with each configuration that is applied. */
  readonly generation: number
  /** Milliseconds since the epoch. */
  readonly appliedMs: number
  /** Reloads that were refused since the start. */
  readonly refusals: number
  /** Undefined when the last reload, if any, was applied, or the old files are back. */
  readonly refused: RefusedReload | undefined
}

/** How an import ended: exit code 0, 1, another one, or it was asked to stop. */
export type ImportEnding = 'fine' | 'findings' | 'failed' | 'stopped'
export const importEndings: readonly ImportEnding[] = ['fine', 'findings', 'failed', 'stopped']

/** People without a photo by mail domain, most first; at most 50 domains. */
export type WithoutByDomain = readonly (readonly [domain: string, people: number])[]
export const maxWithoutDomains = 50

export interface EndedImport {
  readonly startedMs: number
  readonly endedMs: number
  readonly result: ImportEnding
  /** Photos by what became of them, as in the log line: `added`, `quarantined`. Empty when it did not say. */
  readonly counters: Readonly<Record<string, number>>
  /** Undefined: it did not say, because it could not list everybody. */
  readonly withoutByDomain?: WithoutByDomain | undefined
}

export interface ImportFacts {
  /** Of the import that runs now; undefined when none runs. */
  readonly runningSinceMs: number | undefined
  /** The next scheduled one; undefined without a schedule. */
  readonly nextMs: number | undefined
  /** How many have ended since the start. */
  readonly ends: Readonly<Record<ImportEnding, number>>
  /** The newest last; at most 50. */
  readonly ended: readonly EndedImport[]
}

export interface LedgerFacts {
  readonly kind: 'memory' | 'redis'
  /** Whether the ledger can be asked. That in memory always can. */
  readonly isUp: boolean
  /** Times that Redis went since the start. */
  readonly outages: number
  /** Requests since the start that were counted without Redis, because it did not answer. */
  readonly bridged: number
}

/** How often something was seen, by a key from a closed list. */
export type SeenCounts = ReadonlyMap<string, number>

export interface GuestFacts {
  /** By rule. */
  readonly alarms: SeenCounts
  readonly canaries: SeenCounts
}

export interface AdminSources {
  /** What the next request for a photo sees. */
  readonly live: { readonly current: GateState }
  /** Hits and misses of the photos in memory, since the start. */
  readonly cache: Readonly<CacheCounts>
  readonly version: string
  readonly startedMs: number
  readonly phase: Phase
  readonly configuration: ConfigurationFacts
  readonly imports: ImportFacts
  readonly ledger: LedgerFacts
  readonly guests: GuestFacts
  /** Failed TLS handshakes of all listeners, by reason. */
  readonly handshakes: SeenCounts
}
