// `photogate keys`: the contents of an ltpa.keys file, and the same file without the key that issues tokens. Prints no
// secret, and nothing that was encrypted with the password.

import { loadKeys, loadSecret, SecretFileError } from '../config/ltpa/secret-files.ts'
import { exitCodes, GateError } from '../error.ts'
import type { KeyFileFacts } from '../ltpa/key-file.ts'
import { formatVerifyOnly, KeyFileError, parseKeyFileFacts } from '../ltpa/key-file.ts'
import { printable } from '../text/printable.ts'
import type { Output } from './output.ts'

export interface ShowKeysOptions {
  /** Undefined: the file is not decrypted. */
  passwordFile?: string
  json?: boolean
}

type ShownFacts = KeyFileFacts & { readonly passwordCharset?: string | undefined }

/** @throws GateError GATE_KEYS for a file that cannot be used. */
export function showKeys(file: string, options: ShowKeysOptions, output: Output): number {
  const { passwordFile, json } = options
  const warnings: string[] = []
  const warn = (key: string, message: string) =>
    void warnings.push(key === 'file' && !message.startsWith(file) ? `${file} ${message}` : message)
  const facts: ShownFacts = attemptKeys(file, passwordFile, () =>
    passwordFile === undefined
      ? parseKeyFileFacts(loadSecret(file, 'file', warn).toString('latin1'))
      : loadKeys({ file, passwordFile, warn }),
  )
  const { version, realm, keyId, created, rsaBits, hasPrivateKey, passwordCharset } = facts
  const opens = passwordFile === undefined ? null : true
  if (json) {
    const shown = {
      ...{ file, version, realm: realm ?? null, keyId, created: created ?? null, rsaBits },
      ...{ hasPrivateKey, opens, passwordCharset: passwordCharset ?? null, warnings },
    }
    output.print(JSON.stringify(shown, null, 2))
    return exitCodes.fine
  }
  output.print(describe(facts, { file, passwordFile }))
  for (const warning of warnings) output.note(`warning: ${warning}`)
  return exitCodes.fine
}

/** @throws GateError GATE_KEYS for a file that cannot be used; then nothing is printed. */
export function showVerifyOnly(file: string, output: Output): number {
  const text = attemptKeys(file, undefined, () => {
    return formatVerifyOnly(loadSecret(file, 'file', () => {}).toString('latin1'))
  })
  output.write(Buffer.from(text, 'latin1'))
  return exitCodes.fine
}

function describe(
  facts: ShownFacts,
  { file, passwordFile }: { file: string; passwordFile: string | undefined },
): string {
  const { version, realm, keyId, created, rsaBits, hasPrivateKey, passwordCharset } = facts
  const readAs = passwordCharset === undefined ? '' : `, read as ${passwordCharset}`
  const privateKey = hasPrivateKey
    ? 'in the file: anybody with it and the password can issue tokens; see photogate keys verify-only'
    : 'not in the file: good for verifying only'
  const opens =
    passwordFile === undefined
      ? 'not tried; name --password-file'
      : `with the password of ${passwordFile}${readAs}`
  return [
    `file         ${file}`,
    `version      ${version}`,
    `realm        ${realm === undefined ? 'none named' : printable(realm)}`,
    `key id       ${keyId}`,
    `created      ${created === undefined ? 'not said' : printable(created)}`,
    `RSA          ${rsaBits} bits`,
    `private key  ${privateKey}`,
    `opens        ${opens}`,
  ].join('\n')
}

/** The problem of a key file or its password, as an error with the file's name. */
export function attemptKeys<T>(file: string, passwordFile: string | undefined, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof SecretFileError || error instanceof KeyFileError) {
      const isPassword = error instanceof SecretFileError && error.key === 'passwordFile'
      const name = isPassword ? passwordFile : file
      // The message names the file already.
      const told = error.message.replace(`cannot be read: ${name} `, '')
      throw new GateError('GATE_KEYS', `${name} ${told}`, { cause: error })
    }
    throw error
  }
}
