// Key files and tokens of third parties. They are read from beside the project, and skipped where they are missing.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { LtpaKeys } from '../../src/ltpa/key-file.ts'
import { formatVerifyOnly, parseKeyFile, parseKeyFileFacts } from '../../src/ltpa/key-file.ts'
import { buildDominoSecret } from '../../src/ltpa/token-domino.ts'
import type { TokenKind, VerifierOptions } from '../../src/ltpa/verifier.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'
import { fc } from '../fixtures/property.ts'
import { shared } from '../fixtures/root.ts'

interface VectorToken {
  version?: number
  token?: string
  user: string
  realm?: string
  uniqueId?: string
  /** Milliseconds. */
  expire?: number
  /** Seconds. */
  expiration?: number
}

interface Vector {
  kind: 'websphere' | 'domino-sso'
  password: string
  keysFile?: string
  keys?: Record<string, string>
  secret: string
  secretEncoding?: BufferEncoding
  signatureCheckable?: boolean
  tokens: VectorToken[]
}

const directory = join(shared, 'vectors/ltpa')
const files = existsSync(directory)
  ? readdirSync(directory).filter(name => name.endsWith('.json'))
  : []
if (files.length === 0) t.pass('no vectors', { skip: `skipped: ${directory} is not there` })

const strange = buildIssuer()
const lenient: VerifierOptions = {
  keySets: [],
  domino: [],
  acceptV1: true,
  clockSkewMs: 0,
  maxLifetimeMs: 1e15,
}

function keyTextOf({ keysFile, keys = {} }: Vector): string {
  return (
    keysFile ??
    Object.entries(keys)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')
  )
}

// One token was made with another shared secret than its file has: see the vector's description.
function openVector(name: string, vector: Vector): LtpaKeys {
  const keys = parseKeyFile(keyTextOf(vector), vector.password)
  if (name !== 'openliberty-serialization-test-v2.json') return keys
  const text = Buffer.from('Three can keep a secret when two are no longer there').toString(
    'base64',
  )
  return { ...keys, secret: Buffer.from(text) }
}

for (const name of files) {
  const vector = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Vector
  // A key file without its public key vouches for nothing.
  const isUsable = vector.signatureCheckable !== false

  t.test(`${name}: the key file`, async t => {
    if (vector.kind === 'domino-sso') return
    const text = keyTextOf(vector)
    if (!isUsable) {
      t.throws(() => parseKeyFile(text, vector.password), /has no com.ibm.websphere.ltpa.PublicKey/)
      return
    }
    t.throws(() => parseKeyFile(text, `${vector.password}x`), /does not open with this password/)
    const keys = parseKeyFile(text, vector.password)
    t.equal(keys.secret.length, keys.version === '1.0' ? 24 : 32)
    const public_ = formatVerifyOnly(text)
    t.equal(parseKeyFileFacts(public_).hasPrivateKey, false)
    t.strictSame(parseKeyFile(public_, vector.password).secret, keys.secret)
    t.equal(parseKeyFileFacts(public_).keyId, keys.keyId)
  })

  for (const [index, token] of vector.tokens.entries()) {
    const { token: text } = token
    if (!isUsable || text === undefined) continue
    t.test(`${name}: token ${index}`, async t => {
      const kind: TokenKind = token.version === 2 ? 'v2' : 'v1'
      const realms = token.realm === undefined ? [] : [token.realm]
      const keySets =
        vector.kind === 'websphere' ? [{ keys: openVector(name, vector), realms }] : []
      const encoding = vector.secretEncoding ?? 'base64'
      const domino =
        vector.kind === 'domino-sso'
          ? [buildDominoSecret(Buffer.from(vector.secret, encoding))]
          : []
      const options = { ...lenient, keySets, domino }
      const verify = buildVerifier(options)
      const expiresMs = token.expire ?? (token.expiration ?? 0) * 1000
      const before = expiresMs - 1

      const verdict = verify(kind, text, before)
      t.match(verdict, { valid: true, identity: { user: token.uniqueId ?? token.user } })
      if (token.realm !== undefined) t.match(verdict, { identity: { realm: token.realm } })
      // The outer expiry of version 1 may be rounded up to the minute.
      t.match(verify(kind, text, expiresMs + 60_001), { valid: false, reason: 'expired' })

      const wrongKeys = {
        keySets: [{ keys: parseKeyFile(strange.keyFile, strange.password), realms }],
        domino: [buildDominoSecret(Buffer.from('no'))],
      }
      t.strictSame(buildVerifier({ ...options, ...wrongKeys })(kind, text, before), {
        valid: false,
        reason: 'not-authentic',
      })
      if (vector.kind === 'websphere') {
        const others = keySets.map(set => ({ ...set, realms: ['wrong'] }))
        t.match(buildVerifier({ ...options, keySets: others })(kind, text, before), {
          valid: false,
          reason: 'wrong-realm',
        })
      }
      const bytes = Buffer.from(text, 'base64')
      const isRefused = (other: string) => verify(kind, other, before).valid === false
      t.ok(isRefused(text + text), 'doubled')
      t.ok(isRefused(bytes.toString('hex')), 'encoded in another way')
      t.ok(isRefused(Buffer.from(text).toString('base64')), 'encoded twice')
      for (let length = 0; length < bytes.length; length++) {
        if (!isRefused(bytes.subarray(0, length).toString('base64')))
          t.fail(`truncated to ${length} bytes`)
      }
      // Version 1 does not sign its expiry, so flipped bits in its block can pass: see the splice.
      if (token.version === 1) return
      fc.assert(
        fc.property(fc.nat(bytes.length * 8 - 1), bit => {
          const flipped = Buffer.from(bytes)
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          return isRefused(flipped.toString('base64'))
        }),
        { numRuns: 1_000 },
      )
    })
  }
}
