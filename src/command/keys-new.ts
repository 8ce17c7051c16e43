// `photogate keys new`: new keys for WebSphere, Liberty, Sametime or Domino to import.
import { writeFileSync } from 'node:fs'
import { loadPasswordFile } from '../config/ltpa/secret-files.ts'
import { exitCodes, GateError } from '../error.ts'
import { parseKeyFileFacts } from '../ltpa/key-file.ts'
import { formatNewKeys } from '../ltpa/signing-keys.ts'
import { printable } from '../text/printable.ts'
import { attemptKeys } from './keys.ts'
import type { Output } from './output.ts'

export interface NewKeysOptions {
  realm: string
  passwordFile: string
  fips?: boolean
  /** A file that does not exist yet. Undefined: standard output. */
  output?: string
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

/** @throws GateError GATE_USAGE, GATE_KEYS; then nothing is written. */
export function newKeys(options: NewKeysOptions, output: Output): number {
  const { realm, passwordFile, fips = false, nowMs = Date.now() } = options
  if (realm.trim() === '' || realm !== realm.trim() || printable(realm) !== realm) {
    throw new GateError(
      'GATE_USAGE',
      'the realm is empty, begins or ends with a blank, or has control characters; write --realm acme',
    )
  }
  const warn = (_: string, message: string) => output.note(`warning: ${message}`)
  const { text: password } = attemptKeys(passwordFile, passwordFile, () =>
    loadPasswordFile(passwordFile, warn),
  )
  if (/[^\x20-\x7e]/.test(password)) {
    // Products encode other characters differently.
    throw new GateError(
      'GATE_KEYS',
      `${passwordFile} holds letters beyond ASCII, which not every server reads alike; write a password of ASCII`,
    )
  }
  if (password === 'WebAS') {
    warn('', 'everybody knows the password WebAS; anybody with the file can issue tokens')
  }
  const text = formatNewKeys({ realm, password, version: fips ? '2.0' : '1.0', nowMs })
  const bytes = Buffer.from(text, 'latin1')
  if (options.output === undefined) output.write(bytes)
  else writeNew(options.output, bytes)
  output.note(
    `key id ${parseKeyFileFacts(text).keyId}, realm ${realm}; anybody with this file and the password can issue tokens for every user`,
  )
  return exitCodes.fine
}

// Never overwrites a file: it could hold the keys of a whole company.
function writeNew(file: string, bytes: Buffer): void {
  try {
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST' ? 'is there already; name a new file' : `cannot be written: ${message}`
    throw new GateError('GATE_USAGE', `${file} ${why}`, { cause: error })
  }
}
