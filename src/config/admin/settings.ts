// Where administrators look, parsed. Data only.
import type { TlsSettings } from '../listen/settings.ts'

export interface AdminSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Of the token to sign in with: its SHA-256, so that the token itself is nowhere in memory. Undefined: without. */
  readonly tokenHash: Buffer | undefined
  readonly tls: TlsSettings | undefined
  /** The absolute path of the file that keeps the history. Undefined: the configuration names none. */
  readonly history: string | undefined
  /** Host names that requests may name beside those of `host`, in lower case. */
  readonly names: readonly string[]
}
