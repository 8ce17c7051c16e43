// The cost of verifying a token for the first time, on one core, beside the minimum that node:crypto must do
// for one: decrypt it, digest its body and verify the signature, with no check of anything else.
import { createDecipheriv, createHash, verify } from 'node:crypto'
import type { LtpaKeys } from '../../src/ltpa/key-file.ts'
import { parseKeyFile } from '../../src/ltpa/key-file.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import type { Ratio } from './ratio.ts'
import { median, ratioOfRounds } from './ratio.ts'
import { benchIssuer, issueTokens } from './tokens.ts'

export interface Verification {
  /** CPU of this process per token, in microseconds, a round each. */
  readonly ownMicros: readonly number[]
  readonly plainMicros: readonly number[]
}

const tokenCount = 1_000
const warmUpRounds = 5

export function measureVerification(rounds: number): Verification {
  const issuer = benchIssuer()
  const tokens = issueTokens(tokenCount)
  const keys = parseKeyFile(issuer.keyFile, issuer.password)
  const verifier = buildVerifier({
    ...{ keySets: [{ keys, realms: [issuer.realm] }], domino: [], acceptV1: false },
    ...{ clockSkewMs: 30_000, maxLifetimeMs: 24 * 60 * 60_000 },
  })
  const nowMs = Date.now()
  const own = (token: string) => verifier('v2', token, nowMs).valid
  const plain = (token: string) => verifyPlainly(token, keys)
  const ownMicros: number[] = []
  const plainMicros: number[] = []
  for (let round = -warmUpRounds; round < rounds; round++) {
    const [ownMicro, plainMicro] = [measureOne(tokens, own), measureOne(tokens, plain)]
    if (round < 0) continue
    ownMicros.push(ownMicro)
    plainMicros.push(plainMicro)
  }
  return { ownMicros, plainMicros }
}

export function ratioOfVerification({ ownMicros, plainMicros }: Verification): Ratio {
  const ratios = ownMicros.map((micros, round) => micros / (plainMicros[round] as number))
  return ratioOfRounds(ratios)
}

export function formatVerification({ ownMicros, plainMicros }: Verification): string {
  const line = (title: string, micros: readonly number[]) => {
    const middle = median(micros)
    return `| ${title} | ${middle.toFixed(1)} | ${Math.round(1e6 / middle).toLocaleString('en')} |\n`
  }
  return `| first-time verification, one core | CPU µs/token | tokens/s |
| --- | ---: | ---: |
${line('photogate', ownMicros)}${line('a plain loop over node:crypto', plainMicros)}`
}

function measureOne(tokens: readonly string[], isGood: (token: string) => boolean): number {
  const before = process.cpuUsage()
  for (const token of tokens) if (!isGood(token)) throw new Error('a good token was refused')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / tokens.length
}

function verifyPlainly(token: string, { secret, publicKey }: LtpaKeys): boolean {
  const key = secret.subarray(0, 16)
  const decipher = createDecipheriv('aes-128-cbc', key, key)
  const plain = Buffer.concat([decipher.update(token, 'base64'), decipher.final()])
  const last = plain.lastIndexOf('%')
  const body = plain.subarray(0, plain.lastIndexOf('%', last - 1))
  const signature = Buffer.from(plain.toString('latin1', last + 1), 'base64')
  return verify('RSA-SHA1', createHash('sha1').update(body).digest(), publicKey, signature)
}
