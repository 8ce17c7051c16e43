// From the configuration's text on LTPA to keys and limits. A problem of a key file is reported at the key that names it.
// No message quotes a key file or a password.
import { resolve } from 'node:path'
import { KeyFileError } from '../../ltpa/key-file.ts'
import type { DominoSecret } from '../../ltpa/token-domino.ts'
import { buildDominoSecret } from '../../ltpa/token-domino.ts'
import type { Findings } from '../document/findings.ts'
import { isRefused } from '../document/findings.ts'
import type { Keys } from '../document/yaml-nodes.ts'
import { presentOf } from '../lists.ts'
import { defaultOf } from '../schema/parts.ts'
import type { ConfigText } from '../schema/schema.ts'
import type { LtpaSettings } from '../settings.ts'
import { parseDuration, parseInstant } from '../units.ts'
import { resolveRealms } from './realms.ts'
import { cookies as cookiesSchema, domino as dominoSchema, ltpa as ltpaSchema } from './schema.ts'
import {
  checkKeyFile,
  loadDominoSecret,
  loadKeys,
  loadPasswordFile,
  SecretFileError,
} from './secret-files.ts'

type LtpaText = NonNullable<ConfigText['ltpa']>
// A key that the schema refused is undefined.
type KeysText = Partial<NonNullable<LtpaText['keys']>[number]> | undefined
type DominoText = Partial<NonNullable<LtpaText['domino']>[number]> | undefined

export interface LtpaInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Gets the absolute paths of all files. */
  readonly files: string[]
  readonly findings: Findings
  readonly nowMs: number
}

const maxSkewSeconds = 300
const maxLifetimeSeconds = 7 * 24 * 60 * 60

/** Usable only when the findings have no problems afterwards; undefined when there are no keys at all. */
export function buildLtpa(input: LtpaInput, text: LtpaText): LtpaSettings | undefined {
  const { findings } = input
  const { keys = [], domino = [], acceptV1 = defaultOf(ltpaSchema, 'acceptV1'), realms } = text
  if (text.keys === undefined && text.domino === undefined) {
    if (!isRefused(findings, ['ltpa'])) {
      findings.refuse(['ltpa'], 'has neither keys nor domino; add one of them')
    }
    return undefined
  }
  const files = loadKeyFiles(input, keys)
  const accepted = realms === undefined ? undefined : presentOf(realms)
  const realmsOf = resolveRealms(files, accepted, findings)
  const keySets = files.map(({ keys, notAfterMs }, index) => {
    return { keys, notAfterMs, realms: realmsOf[index] as readonly string[] }
  })
  const secrets = loadDominoSecrets(input, domino)
  const clockSkewMs = buildClockSkew(text, findings)
  if (acceptV1) {
    const message =
      'accepts tokens of version 1: anybody with an old token of another user and a fresh one of their own can make the old one count again; issue LtpaToken2 and leave this out'
    findings.warn(['ltpa', 'acceptV1'], message)
  }
  return {
    keySets,
    domino: secrets,
    acceptV1,
    realms: keySets.length === 0 ? undefined : [...new Set(keySets.flatMap(set => set.realms))],
    clockSkewMs,
    cookies: buildCookies(text.cookies ?? {}, findings),
    maxLifetimeMs: buildMaxLifetime(text, findings),
  }
}

function buildClockSkew(
  { clockSkew = defaultOf(ltpaSchema, 'clockSkew') }: LtpaText,
  findings: Findings,
): number {
  const milliseconds = millisecondsOf(clockSkew)
  if (milliseconds > maxSkewSeconds * 1000) {
    const message = `lets tokens live on for long after their expiry; keep the clocks together and write ${defaultOf(ltpaSchema, 'clockSkew')}`
    findings.warn(['ltpa', 'clockSkew'], message)
  }
  return milliseconds
}

function buildMaxLifetime(
  { maxLifetime = defaultOf(ltpaSchema, 'maxLifetime') }: LtpaText,
  findings: Findings,
): number {
  const milliseconds = millisecondsOf(maxLifetime)
  const advice = `write ${defaultOf(ltpaSchema, 'maxLifetime')}`
  if (milliseconds > maxLifetimeSeconds * 1000) {
    const message = `lets a token count for weeks, and nothing can revoke it; ${advice}`
    findings.warn(['ltpa', 'maxLifetime'], message)
  }
  if (milliseconds === 0) {
    findings.refuse(['ltpa', 'maxLifetime'], `lets no token count; ${advice}`)
  }
  return milliseconds
}

function buildCookies(
  {
    v2 = defaultOf(cookiesSchema, 'v2'),
    v1 = defaultOf(cookiesSchema, 'v1'),
  }: NonNullable<LtpaText['cookies']>,
  findings: Findings,
): LtpaSettings['cookies'] {
  const names = { v2: lowerCase(presentOf(v2)), v1: lowerCase(presentOf(v1)) }
  const twice = presentOf(v2).find(name => names.v1.has(name.toLowerCase()))
  if (twice !== undefined) {
    const message = `names ${twice} for both versions; a cookie carries one of them`
    findings.refuse(['ltpa', 'cookies'], message)
  }
  return names
}

function loadKeyFiles(input: LtpaInput, texts: readonly KeysText[]) {
  const { findings, nowMs } = input
  const firstOf = new Map<string, number>()
  return texts.flatMap((text, at) => {
    const place = ['ltpa', 'keys', at]
    const { file, passwordFile, notAfter, realms } = text ?? {}
    const isGood = text !== undefined && checkApart(input, place, text)
    if (!isGood || file === undefined || passwordFile === undefined) return []
    const notAfterMs = notAfter === undefined ? Infinity : (parseInstant(notAfter) as number)
    if (notAfterMs < nowMs) {
      const message = `"${notAfter}" is past: these keys do not count any more; take them out`
      findings.warn([...place, 'notAfter'], message)
    }
    const keys = attempt(input, place, warn =>
      loadKeys({ file: pathOf(input, file), passwordFile: pathOf(input, passwordFile), warn }),
    )
    if (keys === undefined) return []
    const first = firstOf.get(keys.keyId)
    if (first !== undefined) {
      findings.warn(
        [...place, 'file'],
        `has the keys of keys[${first}] again; one of them is enough`,
      )
    }
    firstOf.set(keys.keyId, first ?? at)
    const said = realms === undefined ? undefined : presentOf(realms)
    return [{ keys, notAfterMs, at, said }]
  })
}

// Each of the two files by itself, so that a problem of one does not hide a problem of the other.
function checkApart(
  input: LtpaInput,
  place: Keys,
  { file, passwordFile }: NonNullable<KeysText>,
): boolean {
  const isGood = (check: () => unknown) => attempt(input, place, () => [check()]) !== undefined
  const isFileGood = file === undefined || isGood(() => checkKeyFile(pathOf(input, file)))
  const isPasswordGood =
    passwordFile === undefined ||
    isGood(() => loadPasswordFile(pathOf(input, passwordFile), () => {}))
  return isFileGood && isPasswordGood
}

function loadDominoSecrets(input: LtpaInput, texts: readonly DominoText[]): DominoSecret[] {
  return texts.flatMap((text, at) => {
    if (text?.secretFile === undefined) return []
    const { secretFile, encoding = defaultOf(dominoSchema, 'encoding') } = text
    const secret = attempt(input, ['ltpa', 'domino', at], warn =>
      loadDominoSecret({ file: pathOf(input, secretFile), encoding, warn }),
    )
    return secret === undefined ? [] : [buildDominoSecret(secret)]
  })
}

// A file's problem, or its warnings, at the key that names the file.
function attempt<T>(
  { findings }: LtpaInput,
  place: Keys,
  load: (warn: (key: string, message: string) => void) => T,
): T | undefined {
  try {
    return load((key, message) => findings.warn([...place, key], message))
  } catch (error) {
    if (error instanceof SecretFileError) findings.refuse([...place, error.key], error.message)
    else if (error instanceof KeyFileError) findings.refuse([...place, 'file'], error.message)
    else throw error
    return undefined
  }
}

function pathOf({ base, files }: LtpaInput, file: string): string {
  const path = resolve(base, file)
  if (!files.includes(path)) files.push(path)
  return path
}

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map(name => name.toLowerCase()))
}

function millisecondsOf(duration: string): number {
  return (parseDuration(duration) as number) * 1000
}
