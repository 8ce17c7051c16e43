// From the configuration's text on TLS to settings. A problem of a file is reported at the key that names it.
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { decodeText } from '../../text/decode-text.ts'
import type { Findings } from '../document/findings.ts'
import type { Keys } from '../document/yaml-nodes.ts'
import { presentOf } from '../lists.ts'
import { loadPassword, loadSecret, SecretFileError } from '../ltpa/secret-files.ts'
import { defaultOf } from '../schema/parts.ts'
import type { ConfigText } from '../schema/schema.ts'
import type { KeyPair } from './certificate-file.ts'
import {
  CertificateError,
  checkKeyPair,
  findDoubles,
  issuerOf,
  nameOf,
  parseCertificates,
  parsePrivateKey,
} from './certificate-file.ts'
import { CipherError, chooseCiphers } from './ciphers.ts'
import { opensslWords } from './openssl-words.ts'
import { parsePfx } from './pfx-file.ts'
import { tls as tlsSchema } from './schema.ts'
import type { ClientAuthority, MinTlsVersion, TlsCertificate, TlsSettings } from './settings.ts'

export interface TlsInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Gets the absolute paths of all files. */
  readonly files: string[]
  readonly findings: Findings
  readonly nowMs: number
}

export type ListenText = NonNullable<ConfigText['listen']>[number]
// A key that the schema refused is undefined.
type TlsText = Partial<NonNullable<Extract<ListenText, { host: string }>['tls']>>
type CertificateText = Pick<TlsText, 'cert' | 'key' | 'pfx' | 'passwordFile'>

/** Undefined: the findings have a problem. `keys`: of the `tls`. */
export function buildTls(input: TlsInput, text: TlsText, keys: Keys): TlsSettings | undefined {
  const { findings } = input
  const minVersion = text.minVersion ?? defaultOf(tlsSchema, 'minVersion')
  if (minVersion === 'TLSv1' || minVersion === 'TLSv1.1') {
    const message = `"${minVersion}" lets clients in whose connection can be broken (RFC 8996); write it for a listener of its own that only they can reach`
    findings.warn([...keys, 'minVersion'], message)
  }
  const certificates = buildCertificates(input, text, keys)
  const clientAuthority =
    text.clientCa === undefined ? undefined : loadAuthority(input, text.clientCa, keys)
  if (text.clientCert !== undefined && text.clientCa === undefined) {
    const message = 'needs the authorities of these certificates; add clientCa: fronts-ca.pem'
    findings.refuse([...keys, 'clientCert'], message)
  }
  const { ciphers: texts } = text
  const keyTypes = certificates.map(({ keyType }) => keyType)
  const ciphers = attempt(findings, [...keys, 'ciphers'], () =>
    chooseCiphers(texts === undefined ? undefined : presentOf(texts as string | string[]), {
      minVersion,
      keyTypes,
    }),
  )
  if (ciphers === undefined || certificates.length === 0) return undefined
  for (const warning of ciphers.warnings) findings.warn([...keys, 'ciphers'], warning)
  for (const certificate of certificates) {
    const refusal = whyRefused(certificate, { ciphers: ciphers.list, minVersion })
    if (refusal !== undefined) findings.refuse(keys, `${certificate.file}: ${refusal}`)
  }
  return {
    ...{ certificates, minVersion, clientAuthority },
    ciphers: ciphers.list,
    cipherNames: ciphers.names,
    alpn: presentOf(text.alpn ?? defaultOf(tlsSchema, 'alpn')),
    needsClientCert: (text.clientCert ?? defaultOf(tlsSchema, 'clientCert')) === 'required',
  }
}

// With the very settings that it is served with: OpenSSL looks at keys and digests only then.
function whyRefused(
  { chain, key }: TlsCertificate,
  options: { readonly ciphers: string; readonly minVersion: MinTlsVersion },
): string | undefined {
  try {
    createSecureContext({ cert: chain, key, ...options })
    return undefined
  } catch (error) {
    return `OpenSSL refuses the certificate (${opensslWords((error as Error).message)}); have one issued with a key of 2048 bits (RSA) or 256 (EC) and SHA-256`
  }
}

function buildCertificates(input: TlsInput, text: TlsText, keys: Keys): TlsCertificate[] {
  const { findings } = input
  const { certificates } = text
  const own = [text.cert, text.key, text.pfx, text.passwordFile].some(value => value !== undefined)
  if (certificates !== undefined && own) {
    findings.refuse(
      keys,
      'has certificates beside cert, key, pfx or passwordFile; write all of them under certificates',
    )
    return []
  }
  if (certificates === undefined) return buildCertificate(input, text, keys)
  const built = certificates.flatMap((one, at) =>
    one === undefined ? [] : buildCertificate(input, one, [...keys, 'certificates', at]),
  )
  for (const warning of findDoubles(built)) {
    findings.warn([...keys, 'certificates'], warning, 'GATE_TLS_CERTIFICATE')
  }
  return built
}

function buildCertificate(input: TlsInput, text: CertificateText, keys: Keys): TlsCertificate[] {
  const { findings } = input
  const { cert, key, pfx } = text
  if (pfx !== undefined && (cert ?? key) !== undefined) {
    findings.refuse([...keys, 'pfx'], 'stands beside cert or key; keep one of them')
    return []
  }
  if (pfx === undefined && (cert === undefined || key === undefined)) {
    const missing = cert === undefined ? 'cert: chain.pem' : 'key: key.pem'
    findings.refuse(
      keys,
      `has no ${missing.split(':', 1)[0]}; add ${missing}${cert === key ? ' and key: key.pem, or pfx: photos.pfx' : ''}`,
    )
    return []
  }
  const pair = loadKeyPair(input, text, keys)
  if (pair === undefined) return []
  const place = [...keys, pfx === undefined ? 'cert' : 'pfx']
  return (
    attempt(findings, place, () => {
      const file = (pfx ?? cert) as string
      const { certificate, warnings } = checkKeyPair(pair, { file, nowMs: input.nowMs })
      for (const warning of warnings) findings.warn(place, warning, 'GATE_TLS_CERTIFICATE')
      return [certificate]
    }) ?? []
  )
}

function loadKeyPair(
  input: TlsInput,
  { cert = '', key = '', pfx, passwordFile }: CertificateText,
  keys: Keys,
): KeyPair | undefined {
  const load = <Value>(name: string, file: string, read: (bytes: Buffer) => Value) =>
    attempt(input.findings, [...keys, name], () => read(readFile(input, file, [...keys, name])))
  const password =
    passwordFile === undefined
      ? undefined
      : attempt(input.findings, [...keys, 'passwordFile'], () => {
          const path = noteFile(input, passwordFile)
          return loadPassword(path, (_, message) =>
            input.findings.warn([...keys, 'passwordFile'], message),
          )
        })
  if (passwordFile !== undefined && password === undefined) return undefined
  if (pfx !== undefined) return load('pfx', pfx, bytes => parsePfx(bytes, password ?? ''))
  const chain = load('cert', cert, bytes => parseCertificates(textOf(bytes)))
  const privateKey = load('key', key, bytes => parsePrivateKey(textOf(bytes), password))
  return chain && privateKey && { chain, key: privateKey }
}

function loadAuthority(input: TlsInput, file: string, keys: Keys): ClientAuthority | undefined {
  const place = [...keys, 'clientCa']
  return attempt(input.findings, place, () => {
    const text = textOf(readFile(input, file, place))
    const [, other] = /-----BEGIN ((?:X509 )?CRL|[A-Z ]*PRIVATE KEY)-----/.exec(text) ?? []
    if (other !== undefined) {
      throw new CertificateError(
        `holds more than certificates (${other}), which would have no effect; take it out`,
      )
    }
    const parsed = parseCertificates(text)
    const leaf = parsed.find(({ ca }) => !ca)
    if (leaf !== undefined) {
      throw new CertificateError(
        `holds the certificate of ${nameOf(leaf)}, which is not an authority; name the file of the one that has issued it`,
      )
    }
    for (const old of parsed.filter(({ validTo }) => Date.parse(validTo) <= input.nowMs)) {
      input.findings.warn(
        place,
        `holds an authority that has expired: ${nameOf(old)}`,
        'GATE_TLS_CERTIFICATE',
      )
    }
    // OpenSSL verifies up to an authority that has issued itself.
    const orphan = parsed.find(one => !parsed.some(other => one.checkIssued(other)))
    if (orphan !== undefined) {
      throw new CertificateError(
        `holds ${nameOf(orphan)}, and not the authority that has issued it (${issuerOf(orphan)}); add that one`,
      )
    }
    return {
      certificates: parsed.map(one => one.toString()).join(''),
      fingerprints: parsed.map(({ fingerprint256 }) => fingerprint256),
    }
  })
}

// Certificates may be read by everybody, keys must not.
function readFile(input: TlsInput, file: string, place: Keys): Buffer {
  const isPublic = place.at(-1) === 'cert' || place.at(-1) === 'clientCa'
  return loadSecret(noteFile(input, file), String(place.at(-1)), (_, message) => {
    if (!isPublic) input.findings.warn(place, message)
  })
}

function noteFile({ base, files }: TlsInput, file: string): string {
  const path = resolve(base, file)
  if (!files.includes(path)) files.push(path)
  return path
}

function textOf(bytes: Buffer): string {
  const decoded = decodeText(bytes)
  return 'text' in decoded ? decoded.text : bytes.toString('latin1')
}

function attempt<Value>(findings: Findings, keys: Keys, work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    const isExpected = [CertificateError, CipherError, SecretFileError].some(
      kind => error instanceof kind,
    )
    if (!isExpected) throw error
    findings.refuse(keys, (error as Error).message)
    return undefined
  }
}
