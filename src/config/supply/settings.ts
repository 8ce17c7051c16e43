// The parsed `supply` of the configuration with its defaults. Data only. Paths of this machine are absolute; the import
// finds out whether they exist.

interface SourceBase {
  /** Tells the source's photos from those of others, from run to run. */
  readonly id: string
  /** For reports: `ldap ldaps://ad.acme.example`, or the name it was given. */
  readonly title: string
}

export interface FolderSettings extends SourceBase {
  readonly kind: 'folder'
  readonly folder: string
}

export interface TdiSettings extends SourceBase {
  readonly kind: 'tdiDump'
  readonly folder: string
  /** The index file's name in the folder. */
  readonly index: string
  readonly peopleFile: string
}

export interface LdapSettings extends SourceBase {
  readonly kind: 'ldap'
  readonly url: string
  readonly base: string
  readonly bind: string | undefined
  readonly passwordFile: string | undefined
  readonly filter: string
  readonly mail: readonly string[]
  readonly photo: readonly string[]
  readonly startTls: boolean
  readonly caFile: string | undefined
  readonly pageSize: number
}

export interface ConnectionsSettings extends SourceBase {
  readonly kind: 'connections'
  /** Without a slash at the end. */
  readonly url: string
  readonly peopleFile: string
  readonly user: string
  readonly passwordFile: string
  readonly signIn: 'basic' | 'form'
  readonly lookup: 'email' | 'uid'
  readonly greyImage: string | undefined
  readonly caFile: string | undefined
  readonly parallel: number
}

export interface SftpSettings extends SourceBase {
  readonly kind: 'sftp'
  readonly host: string
  readonly port: number
  readonly user: string
  /** On the server; `.` is the one that it opens with. */
  readonly folder: string
  readonly keyFile: string
  readonly passphraseFile: string | undefined
  readonly knownHosts: string
  /** With it the folder holds a TDI dump, otherwise emailaddress.jpg files. */
  readonly peopleFile: string | undefined
  readonly index: string
}

export type SourceSettings =
  | FolderSettings
  | TdiSettings
  | LdapSettings
  | ConnectionsSettings
  | SftpSettings

/** Longest side in pixels, and bytes, of a photo as it is written. */
export interface FitSettings {
  readonly maxPixels: number
  readonly maxBytes: number
}

export interface SupplySettings {
  readonly fit: FitSettings
  readonly removeAfterSeconds: number
  /** The share or the number of the present photos that one run may remove. */
  readonly maxRemovals: { readonly share: number } | { readonly count: number }
  /** Five fields of cron, in the machine's time zone. */
  readonly schedule: string | undefined
  /** How long an import may take. */
  readonly timeLimitSeconds: number
  readonly sources: readonly SourceSettings[]
}
