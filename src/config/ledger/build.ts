// From the configuration's text on the ledger to settings. A problem of a file is reported at the key that names it. No
// message quotes a secret or a password.
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { RedisTarget } from '../../guest/redis-connection.ts'
import type { Findings } from '../document/findings.ts'
import { presentOf } from '../lists.ts'
import { loadPassword, loadSecret, SecretFileError } from '../ltpa/secret-files.ts'
import { defaultOf } from '../schema/parts.ts'
import type { ConfigText } from '../schema/schema.ts'
import type { LedgerSettings } from '../settings.ts'
import type { SigningSecretInput } from '../signing-secret.ts'
import { loadSigningSecret } from '../signing-secret.ts'
import { parseHostAndPort, parseRedisUrl } from './formats.ts'
import { ledger as ledgerSchema, sentinel as sentinelSchema } from './schema.ts'

// A key that the schema refused is undefined.
type LedgerText = Partial<NonNullable<ConfigText['ledger']>>
type SentinelText = Partial<Exclude<LedgerText['redis'], string | undefined>>

/** Usable only when the findings have no problems afterwards. */
export function buildLedger(
  input: SigningSecretInput,
  { redis, passwordFile, caFile, secretFile, whenDown }: LedgerText,
  { isCounting }: { readonly isCounting: boolean },
): LedgerSettings | undefined {
  const { findings } = input
  const whole = typeof redis === 'object' ? fromSentinels(redis) : fromUrl(redis ?? '')
  const { isTls, ...place } = whole
  warnOfPlainText(findings, whole)
  const password =
    passwordFile === undefined
      ? undefined
      : read(input, 'passwordFile', passwordFile, path =>
          loadPassword(path, (_, message) => findings.warn(['ledger', 'passwordFile'], message)),
        )
  if (place.user !== undefined && passwordFile === undefined) {
    const message = `names the user ${place.user}, who needs a password; add passwordFile: redis.pw`
    findings.refuse(['ledger', 'redis'], message)
  }
  const ca = caFile === undefined ? undefined : loadAuthority(input, caFile)
  if (caFile !== undefined && !isTls && redis !== undefined)
    findings.refuse(['ledger', 'caFile'], 'needs TLS; write rediss:// or tls: true')
  const secret =
    secretFile === undefined
      ? undefined
      : loadSigningSecret(input, secretFile, ['ledger', 'secretFile'])
  if (!isCounting) findings.warn(['ledger'], 'counts nothing: no rule has a budget or an alarm')
  if (secret === undefined) return undefined
  return {
    target: { ...place, password, tls: isTls ? { ca } : undefined },
    secret,
    whenDown: whenDown ?? defaultOf(ledgerSchema, 'whenDown'),
  }
}

type RedisPlace = Pick<RedisTarget, 'server' | 'user' | 'db'> & { readonly isTls: boolean }

function fromUrl(text: string): RedisPlace {
  const plain = { user: undefined, db: 0, isTls: false }
  // Refused already.
  if (text === '') return { server: { path: '' }, ...plain }
  const url = parseRedisUrl(text)
  if ('path' in url) return { server: { path: url.path }, ...plain }
  const { host, port, ...rest } = url
  return { server: { host, port }, ...rest }
}

function fromSentinels({ sentinels = [], master = '', user, db, tls }: SentinelText): RedisPlace {
  const server = {
    sentinels: presentOf(sentinels).flatMap(text => parseHostAndPort(text) ?? []),
    master,
  }
  return {
    server,
    user,
    db: db ?? defaultOf(sentinelSchema, 'db'),
    isTls: tls ?? defaultOf(sentinelSchema, 'tls'),
  }
}

function warnOfPlainText(findings: Findings, { server, user, isTls }: RedisPlace): void {
  const hosts = 'sentinels' in server ? server.sentinels : 'host' in server ? [server] : []
  if (isTls || hosts.every(({ host }) => isHere(host))) return
  const whose = user === undefined ? '' : ` of ${user}`
  const how = 'sentinels' in server ? 'tls: true' : 'rediss://'
  const message = `sends the password${whose} and the times at which guests ask over the network as plain text; write ${how} where Redis has a certificate`
  findings.warn(['ledger', 'redis'], message)
}

function isHere(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function loadAuthority(input: SigningSecretInput, file: string): string | undefined {
  const text = read(input, 'caFile', file, path => loadSecret(path, 'caFile', () => {}).toString())
  if (text === undefined) return undefined
  try {
    return new X509Certificate(text) && text
  } catch {
    const message = 'holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)'
    input.findings.refuse(['ledger', 'caFile'], message)
    return undefined
  }
}

function read<Value>(
  { base, files, findings }: SigningSecretInput,
  key: string,
  file: string,
  load: (path: string) => Value,
): Value | undefined {
  const path = resolve(base, file)
  if (!files.includes(path)) files.push(path)
  try {
    return load(path)
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    findings.refuse(['ledger', key], error.message)
    return undefined
  }
}
