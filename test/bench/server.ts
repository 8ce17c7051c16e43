// The interface of a compared server, and the settings that all of them share.
import type { BenchNetwork } from './networks.ts'

export type ServerName = 'gate' | 'apache' | 'nginx' | 'caddy' | 'floor' | 'floor-bursts'

/** The configuration of a server. Rows with the same setting share a running server. */
export interface Setting {
  readonly name: string
  readonly networks: readonly BenchNetwork[]
  /** The gate's cache for photos, as in its configuration. The other servers have none. */
  readonly cache: string
  /** What the gate's rule counts: its keys, with limits that are never reached. */
  readonly counting?: string
  /** The budget is counted in the Redis on this port of 127.0.0.1. 0: the bench starts one. */
  readonly redisPort?: number
  /** The server speaks TLS to clients. */
  readonly isTls?: boolean
  /** The gate has an admin listener, on a free port that its log names. */
  readonly isWatched?: boolean
  /** The gate takes every client for a front with many clients. */
  readonly isBehindFront?: boolean
  /** The gate verifies the cookies' tokens in place of only looking for them. */
  readonly isVerifying?: boolean
}

/** The place and settings of one server. */
export interface Site {
  /** A folder of its own. */
  readonly home: string
  readonly photos: string
  readonly port: number
  readonly setting: Setting
}

export interface Server {
  readonly title: string
  /** The command that prints the version, on either output. */
  readonly versionCommand: readonly string[]
  /** Writes the configuration into the home; returns the command that stays in the foreground. */
  configure(site: Site): readonly string[]
}

/** The redirect for clients that are turned away. */
export const signInPage = 'https://www.acme.example/sign-in'

/** The user of Debian's packages for web servers, which ask for one when root starts them. */
export const rootsUser = process.getuid?.() === 0 ? 'www-data' : undefined
