// Files that hold secrets. Warns when other users can read them, and never quotes them.
import { isUtf8 } from 'node:buffer'
import { platform } from 'node:os'
import { readRegularFile } from '../../disk/regular-file.ts'
import type { LtpaKeys } from '../../ltpa/key-file.ts'
import { parseKeyFile, parseKeyFileFacts } from '../../ltpa/key-file.ts'
import { encodePassword } from '../../ltpa/password.ts'
import { decodeBase64 } from '../../ltpa/token.ts'
import { decodeText } from '../../text/decode-text.ts'
import { decodeWindows1252 } from '../../text/windows-1252.ts'

/** What is wrong with a file; `key` is the configuration's key that names it. */
export class SecretFileError extends Error {
  readonly key: string

  constructor(key: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.key = key
  }
}

/** Gets what is risky about the file that the configuration's key names. */
export type Warn = (key: string, message: string) => void

const maxBytes = 65_536
const minSecretBytes = 16
const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf])
// Open Liberty's default until 26.0.0.4 (CVE-2025-14917).
const wellKnownPassword = 'WebAS'

/**
 * A key file, opened with its password. Neither the password nor the private key is kept.
 * @throws SecretFileError, and KeyFileError for what is in the key file.
 */
export function loadKeys({
  file,
  passwordFile,
  warn,
}: {
  file: string
  passwordFile: string
  warn: Warn
}): LtpaKeys {
  const text = loadSecret(file, 'file', warn).toString('latin1')
  const { text: password, raw } = loadPasswordFile(passwordFile, warn)
  const keys = parseKeyFile(text, encodePassword(password, raw))
  if (password === wellKnownPassword) {
    const message = `is opened by ${wellKnownPassword}, the password that everybody knows; export the keys with another one`
    warn('file', message)
  }
  if (keys.passwordCharset?.includes('?')) {
    const message =
      'is opened by its password with ? for every letter beyond ASCII, which is easily guessed; export the keys with a password of ASCII'
    warn('file', message)
  }
  return keys
}

/** What is wrong with a key file by itself, whatever its password. @throws SecretFileError, KeyFileError */
export function checkKeyFile(file: string): void {
  parseKeyFileFacts(loadSecret(file, 'file', () => {}).toString('latin1'))
}

/** @throws SecretFileError, also for a password that is not UTF-8. */
export function loadPassword(file: string, warn: Warn): string {
  const { text, raw } = loadPasswordFile(file, warn)
  if (isUtf8(raw)) return text
  throw new SecretFileError('passwordFile', 'is not UTF-8; save it as UTF-8')
}

/** The password, and the bytes that it stands for if its text does not tell. @throws SecretFileError */
export function loadPasswordFile(file: string, warn: Warn): { text: string; raw: Buffer } {
  const { text, raw } = firstLine(loadSecret(file, 'passwordFile', warn), 'passwordFile')
  if (/^\{xor\}/i.test(text)) {
    const hidden = decodeBase64(text.slice(5))
    if (hidden === undefined) {
      throw new SecretFileError('passwordFile', 'holds {xor} and then no base64; copy it as it is')
    }
    // WebSphere's way to hide a password from a glance: each byte with all bits of an underscore turned.
    const bytes = Buffer.from(hidden.map(byte => byte ^ 0x5f))
    return { text: decodeByte(bytes), raw: bytes }
  }
  if (/^\{(?:aes|hash)[^}]*\}/i.test(text)) {
    const message =
      'holds an encrypted password, which only WebSphere can read; write it in plain text'
    throw new SecretFileError('passwordFile', message)
  }
  return { text, raw }
}

/** @throws SecretFileError */
export function loadDominoSecret({
  file,
  encoding,
  warn,
}: {
  file: string
  encoding: 'base64' | 'utf8'
  warn: Warn
}): Buffer {
  const { text } = firstLine(loadSecret(file, 'secretFile', warn), 'secretFile')
  const secret = encoding === 'utf8' ? Buffer.from(text) : decodeBase64(text)
  if (secret === undefined) {
    const message = 'is not base64; copy LTPA_DominoSecret as it is, or write encoding: utf8'
    throw new SecretFileError('secretFile', message)
  }
  // An attacker who guesses it can issue tokens for every user.
  if (secret.length < minSecretBytes) {
    const message = `holds ${secret.length} bytes, and Domino makes 20; copy LTPA_DominoSecret as it is`
    throw new SecretFileError('secretFile', message)
  }
  return secret
}

/** @throws SecretFileError */
export function loadSecret(file: string, key: string, warn: Warn): Buffer {
  try {
    const { bytes, mode } = readRegularFile(file, maxBytes)
    // Windows keeps rights elsewhere.
    if (platform() !== 'win32') warnOfRights(mode, { file, key, warn })
    return bytes
  } catch (error) {
    throw new SecretFileError(key, `cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

export function warnOfRights(
  mode: number,
  { file, key, warn }: { file: string; key: string; warn: Warn },
): void {
  const isWritable = (mode & 0o002) !== 0
  if (isWritable || (mode & 0o004) !== 0) {
    const what = isWritable ? 'changed' : 'read'
    warn(key, `${file} can be ${what} by everybody on this machine; chmod o= it`)
  }
}

/** The one line of a secret file, and its bytes. @throws SecretFileError for none, or more. */
// UTF-16 with its mark, as PowerShell writes it, is UTF-8 for all that follows.
export function firstLine(bytes: Buffer, key: string): { text: string; raw: Buffer } {
  const decoded = decodeText(bytes)
  const isWide = 'encoding' in decoded && decoded.encoding !== 'utf-8'
  const whole = isWide ? Buffer.from(decoded.text) : bytes
  const start = whole.subarray(0, 3).equals(utf8Mark) ? 3 : 0
  const [ending = ''] = /\r?\n$/.exec(whole.toString('latin1')) ?? []
  const raw = whole.subarray(start, whole.length - ending.length)
  const text = decodeByte(raw)
  if (text === '') throw new SecretFileError(key, 'is empty')
  if (/[\r\n\0]/.test(text)) {
    throw new SecretFileError(key, 'has more than one line; write the secret and nothing else')
  }
  return { text, raw }
}

// Bytes that are not UTF-8 are most likely Windows-1252.
function decodeByte(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : decodeWindows1252(bytes)
}
