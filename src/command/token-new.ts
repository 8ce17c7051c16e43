// `photogate token new`: a token for tests, issued with keys that `photogate keys new` made.
import { loadPasswordFile, loadSecret } from '../config/ltpa/secret-files.ts'
import { parseDuration } from '../config/units.ts'
import { exitCodes, GateError } from '../error.ts'
import { issueToken } from '../ltpa/issuer.ts'
import { encodePassword } from '../ltpa/password.ts'
import type { SigningKeys } from '../ltpa/signing-keys.ts'
import { parseSigningKeys } from '../ltpa/signing-keys.ts'
import { expiryText } from '../ltpa/token.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import { printable } from '../text/printable.ts'
import { attemptKeys } from './keys.ts'
import type { Output } from './output.ts'

export interface NewTokenOptions {
  keyFile: string
  passwordFile: string
  /** Undefined: a name that says it is a test. */
  user?: string
  /** Such as 5m; at most 1h. */
  for?: string
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

const maxSeconds = 60 * 60
const testUser = 'uid=photogate-test,o=test'

/** @throws GateError GATE_USAGE, GATE_KEYS; then nothing is printed. */
export function newToken(options: NewTokenOptions, output: Output): number {
  const { keyFile, passwordFile, user = testUser, nowMs = Date.now() } = options
  const seconds = parseDuration(options.for ?? '5m')
  if (seconds === undefined || seconds < 1 || seconds > maxSeconds) {
    throw new GateError(
      'GATE_USAGE',
      `--for ${printable(options.for ?? '')} is not 1s to 1h; write 5m`,
    )
  }
  if (user.trim() === '' || printable(user) !== user) {
    throw new GateError(
      'GATE_USAGE',
      '--user is empty or has control characters; write uid=joe,o=acme',
    )
  }
  const warn = (_: string, message: string) => output.note(`warning: ${message}`)
  const signing = attemptKeys(keyFile, passwordFile, () => {
    const text = loadSecret(keyFile, 'file', warn).toString('latin1')
    const { text: password, raw } = loadPasswordFile(passwordFile, warn)
    return parseSigningKeys(text, encodePassword(password, raw))
  })
  const expiresMs = nowMs + seconds * 1000
  const token = issueToken(signing, { user, expiresMs })
  mustBeValid(token, { signing, nowMs })
  output.print(token)
  output.note(`for ${user} of realm ${printable(signing.realm)}, until ${expiryText(expiresMs)}`)
  return exitCodes.fine
}

// For example an id whose parts could belong to a longer realm: an error here saves a search later.
function mustBeValid(token: string, { signing, nowMs }: { signing: SigningKeys; nowMs: number }) {
  const { keys, realm } = signing
  const verify = buildVerifier({
    keySets: [{ keys, realms: [realm] }],
    ...{ domino: [], acceptV1: false, clockSkewMs: 0, maxLifetimeMs: maxSeconds * 1000 },
  })
  if (verify('v2', token, nowMs).valid) return
  throw new GateError(
    'GATE_USAGE',
    `a token for this user would be refused; write --user as the unique id without the realm, such as uid=joe,o=acme, with no slash and at most 2,000 characters; the keys say the realm: ${realm}`,
  )
}
