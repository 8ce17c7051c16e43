// Tokens of issuers in Java, PHP, JavaScript and C with their expected verdicts, and key files in every form that was
// seen. They are read from beside the project, and skipped where they are missing.
import { isUtf8 } from 'node:buffer'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatProblem } from '../../src/config/document/problem.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { TokenKind } from '../../src/ltpa/verifier.ts'
import { buildVerifier } from '../../src/ltpa/verifier.ts'
import { writeSecret } from '../fixtures/key-files.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { shared } from '../fixtures/root.ts'

interface Vector {
  set: string
  name?: string
  issuer?: string
  file?: string
  password?: string
  alsoConfigured?: string[]
  secret?: string
  token: string
  kind: 'LtpaToken2' | 'LtpaToken' | 'Domino'
  expected: string
  user: string | null
  userBytesHex?: string
  realm: string | null
  expiryMs: number | null
}

interface KeyFile {
  file: string
  password: string
  passwordCharset?: string
  realm?: string
  version?: string
  expected: string
}

const directory = join(shared, 'vectors/ltpa-issued')
const manifestFile = join(directory, 'manifest.json')
const { vectors, keyFiles } = (
  existsSync(manifestFile)
    ? JSON.parse(readFileSync(manifestFile, 'utf8'))
    : { vectors: [], keyFiles: [] }
) as { vectors: Vector[]; keyFiles: KeyFile[] }
if (vectors.length === 0) t.pass('no vectors', { skip: `skipped: ${manifestFile} is not there` })

const home = makeDirectory(t)
mkdirSync(join(home, 'photos'))
const nowMs = Date.UTC(2026, 10, 27, 12)

/** Settings of a gate with these key files or this secret alone, and realms left at their default. */
function load({ files = [], secret }: { files?: KeyFile[]; secret?: string | undefined }) {
  const lines = ['allow: [{ name: in, ltpa: verified }]', 'ltpa:', '  acceptV1: true']
  lines.push('  maxLifetime: 365000d')
  if (files.length > 0) lines.push('  keys:')
  for (const [at, { file, password }] of files.entries()) {
    const passwordFile = join(home, `${at}.password`)
    writeSecret(passwordFile, Buffer.from(password).toString('latin1'))
    const keyFile = join(home, `${at}.keys`)
    writeSecret(keyFile, readFileSync(join(directory, file), 'latin1'))
    lines.push(`  - { file: ${keyFile}, passwordFile: ${passwordFile} }`)
  }
  if (secret !== undefined) {
    writeSecret(join(home, 'domino.secret'), secret)
    lines.push(`  domino: [{ secretFile: domino.secret }]`)
  }
  const file = join(home, 'photogate.yaml')
  writeSecret(file, Buffer.from(lines.join('\n')).toString('latin1'))
  return loadConfig({ file, nowMs, env: {} })
}

function verifierOf(vector: Vector) {
  const names = [vector.file, ...(vector.alsoConfigured ?? [])]
  const files = keyFiles.filter(({ file }) => names.includes(file))
  const { settings, problems } = load({ files, secret: vector.secret })
  if (settings?.ltpa === undefined) throw new Error(problems.map(formatProblem).join('\n'))
  return buildVerifier(settings.ltpa)
}

const verifiers = new Map<string, ReturnType<typeof verifierOf>>()
function verify(vector: Vector) {
  const key = JSON.stringify([vector.file, vector.alsoConfigured, vector.secret])
  const verifier = verifiers.get(key) ?? verifierOf(vector)
  verifiers.set(key, verifier)
  const kind: TokenKind = vector.kind === 'LtpaToken2' ? 'v2' : 'v1'
  return verifier(kind, vector.token, nowMs)
}

// Where the manifest leaves the verdict open, it names the user that an earlier gate saw, if any. These are refused
// nevertheless: they name no user, or a user of a realm that the keys do not vouch for, or their times are in seconds.
const refusals: Record<string, string> = {
  userNoPrefix: 'no-user',
  userTwice: 'wrong-realm',
  realmSpaceColon: 'wrong-realm',
  expSec: 'expired',
  'signed by plain.keys (defaultRealm), claims AcmeRealm of umlaut.keys; configure both files':
    'wrong-realm',
}

// Before 2022, issuers escaped no backslash, and no token says whether two were meant.
const issuedBefore2022: Record<string, string> = { 'dn-backslash': 'CN=ACME\\svc,O=Acme' }

for (const [at, vector] of vectors.entries()) {
  const { set, issuer, expected, user, realm, expiryMs, kind, name = `${issuer}, ${kind}` } = vector
  t.test(`${at} ${set}: ${name}, ${user}: ${expected}`, async t => {
    const verdict = verify(vector)
    if (expected !== 'valid' && (expected !== 'open' || user === null || name in refusals)) {
      t.equal(verdict.valid, false)
      const reason =
        refusals[name] ?? /^(?:expired|no-user|wrong-realm|not-authentic)/.exec(expected)?.[0]
      if (reason !== undefined) t.match(verdict, { reason })
      return
    }
    t.match(verdict, { valid: true, identity: { format: kind, realm: realm ?? undefined } })
    if (kind === 'Domino') {
      // Some libraries write other bytes than Domino: `?` for unknown characters, or UTF-8.
      const bytes = Buffer.from(vector.userBytesHex ?? '', 'hex')
      const isName = !(
        bytes.includes('?') ||
        (isUtf8(bytes) && /[\x80-\xff]/.test(bytes.toString('latin1')))
      )
      if (isName) t.equal(verdict.identity?.user, user)
      return
    }
    t.equal(verdict.identity?.expiresMs, expiryMs)
    t.equal(verdict.identity?.user, issuedBefore2022[name] ?? user)
  })
}

// The outcome for each form of a key file that does not open as it is.
const damages: Record<string, RegExp> = {
  'keys/form-trunc.keys': /has a public key that is not an RSA key.*is the file cut off\?$/,
  'keys/form-wrapped.keys': /has lines that were broken or quoted, as a mail program does/,
  'keys/form-utf16.keys': /is UTF-16, as PowerShell writes with >/,
  'keys/form-v3.keys': /is of version 3.0/,
}

for (const keyFile of keyFiles) {
  const { file, expected, realm, version, passwordCharset } = keyFile
  t.test(`${file}: ${expected}`, async t => {
    const { settings, problems } = load({ files: [keyFile] })
    const damage = damages[file]
    if (damage !== undefined) {
      t.match(problems.map(formatProblem).join('\n'), damage)
      return
    }
    t.strictSame(problems, [])
    const keys = settings?.ltpa?.keySets[0]?.keys
    if (realm !== undefined) t.equal(keys?.realm, realm)
    if (version !== undefined) t.equal(keys?.version, version)
    if (passwordCharset === 'windows-1252') t.equal(keys?.passwordCharset, 'Windows-1252')
    if (/fips/.test(file)) t.equal(keys?.version, '2.0')
  })
}
