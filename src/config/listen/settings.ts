// Where the gate listens, parsed. Data only.

export type MinTlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** A certificate with its key, checked: they fit. */
export interface TlsCertificate {
  /** PEM: the server's certificate, then its intermediates in order. */
  readonly chain: string
  /** PEM without a password. */
  readonly key: string
  /** From its subject alternative names, lower case, with wildcards as they are. */
  readonly names: readonly string[]
  /** As of KeyObject: `rsa`, `ec`. */
  readonly keyType: string
  /** Milliseconds since the epoch. */
  readonly expiresMs: number
  /** The file that it came from, as the configuration names it. */
  readonly file: string
}

/** The authorities that client certificates are verified by. */
export interface ClientAuthority {
  /** PEM. */
  readonly certificates: string
  /** Of each certificate, as of X509Certificate.fingerprint256. */
  readonly fingerprints: readonly string[]
}

export interface TlsSettings {
  /** At least one. The first is for clients that ask for another name, or for none. */
  readonly certificates: readonly TlsCertificate[]
  readonly minVersion: MinTlsVersion
  /** For `tls.createSecureContext`. */
  readonly ciphers: string
  /** For people. */
  readonly cipherNames: readonly string[]
  readonly alpn: readonly string[]
  readonly clientAuthority: ClientAuthority | undefined
  /** Whether only clients with a certificate of `clientAuthority` can connect. */
  readonly needsClientCert: boolean
}

/** An address. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly tls?: TlsSettings | undefined
}

/** A Unix socket. */
export interface ListenSocket {
  readonly socket: string
  /** Permission bits. */
  readonly mode: number
}

export type Listen = ListenAddress | ListenSocket

/** Fronts that are believed by something else than their address. */
export interface ProvenFronts {
  /** Whether every program that can connect to a Unix socket of the gate is. */
  readonly unix: boolean
  /** Names, in lower case, of which a front's certificate must have one. */
  readonly names: readonly string[]
  /** The fingerprints of the authorities that listeners verify certificates by now. */
  readonly authorities: ReadonlySet<string>
}
