// A file with a secret that the gate signs or names with: random bytes in base64. A problem is reported at the key that
// names the file. No message quotes the secret.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeBase64 } from '../ltpa/token.ts'
import type { Findings } from './document/findings.ts'
import type { Keys } from './document/yaml-nodes.ts'
import { firstLine, loadSecret, SecretFileError } from './ltpa/secret-files.ts'

export interface SigningSecretInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Gets the absolute paths of all files. */
  readonly files: string[]
  readonly findings: Findings
}

const minBytes = 32
const howToMake = 'make one with openssl rand -base64 32'

/** At least 32 bytes. Undefined: the findings have a problem at that place. */
export function loadSigningSecret(
  { base, files, findings }: SigningSecretInput,
  file: string,
  place: Keys,
): Buffer | undefined {
  const path = resolve(base, file)
  // A message that the file is missing would put the secret into the log, and so would the names of watched files.
  if (bytesIn(file) >= minBytes && !existsSync(path)) {
    findings.refuse(
      place,
      'is a secret itself; write it into a file, and the name of the file here',
    )
    return undefined
  }
  if (!files.includes(path)) files.push(path)
  try {
    const bytes = loadSecret(path, file, (_, message) => findings.warn(place, message))
    const secret = decodeBase64(firstLine(bytes, file).text)
    if (secret === undefined) {
      findings.refuse(place, `is not base64; ${howToMake}`)
    } else if (secret.length < minBytes) {
      const message = `holds ${secret.length} bytes, and a secret has at least ${minBytes}; ${howToMake}`
      findings.refuse(place, message)
    } else if (new Set(secret).size < minBytes / 4) {
      // An attacker can guess it.
      findings.refuse(place, `repeats a few bytes and is easily guessed; ${howToMake}`)
    } else return secret
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    findings.refuse(place, error.message)
  }
  return undefined
}

function bytesIn(base64: string): number {
  return decodeBase64(base64)?.length ?? 0
}
