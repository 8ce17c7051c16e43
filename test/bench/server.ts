// What a server that is compared must know and say; and what all of them have in common.
import type { BenchNetwork } from './networks.ts'

export type ServerName = 'gate' | 'apache' | 'nginx' | 'caddy' | 'floor' | 'floor-bursts'

/** What a server is told to do. Rows with the same setting share a running server. */
export interface Setting {
  readonly name: string
  readonly networks: readonly BenchNetwork[]
  /** The gate's memory for photos, as its configuration has it. The other servers keep none. */
  readonly cache: string
  /** The gate verifies the cookies' tokens in place of only looking for them. */
  /** The rule has a budget that is never spent. */
  readonly isBudgeted?: true
  readonly isVerifying?: boolean
}

/** Where and as what one server is to run. */
export interface Site {
  /** A folder of its own. */
  readonly home: string
  readonly photos: string
  readonly port: number
  readonly setting: Setting
}

export interface Server {
  readonly title: string
  /** What prints the version, on either output. */
  readonly versionCommand: readonly string[]
  /** Writes the configuration into the home; returns the command that stays in the foreground. */
  configure(site: Site): readonly string[]
}

/** Where those go who are turned away. */
export const signInPage = 'https://www.acme.example/sign-in'

/** The user whom Debian's packages made for web servers; they ask for one when started by root. */
export const rootsUser = process.getuid?.() === 0 ? 'www-data' : undefined
