// The file with the token that administrators sign in with. Keeps its hash only. No message quotes the token.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Keys } from '../document/yaml-nodes.ts'
import { firstLine, loadSecret, SecretFileError } from '../ltpa/secret-files.ts'
import type { SigningSecretInput } from '../signing-secret.ts'

const minCharacters = 32
const maxCharacters = 512
// A word that is repeated has few; 32 random characters of base64 have 25 on average.
const minDifferent = 10
const howToMake = 'make one with openssl rand -base64 32'

/** SHA-256 of a token, as the settings keep it. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Undefined: the findings have a problem at that place. */
export function loadAdminToken(
  { base, files, findings }: SigningSecretInput,
  file: string,
  place: Keys,
): Buffer | undefined {
  const path = resolve(base, file)
  // A message that the file is missing would put the token into the log, and so would the names of watched files.
  if (/^[\w+/=-]{32,}$/.test(file) && !existsSync(path)) {
    const message = 'is a token itself; write it into a file, and the name of the file here'
    findings.refuse(place, message)
    return undefined
  }
  if (!files.includes(path)) files.push(path)
  try {
    const bytes = loadSecret(path, 'tokenFile', (_, message) => findings.warn(place, message))
    const token = firstLine(bytes, 'tokenFile').text.trim()
    const mistake = findMistake(token)
    if (mistake === undefined) return hashOfToken(token)
    findings.refuse(place, mistake)
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    findings.refuse(place, error.message)
  }
  return undefined
}

function findMistake(token: string): string | undefined {
  // It must fit into an Authorization header as it is.
  if (!/^[\x21-\x7e]*$/.test(token))
    return `has blanks or characters beyond ASCII, which no header can carry; ${howToMake}`
  if (token.length < minCharacters)
    return `holds ${token.length} characters, and a token has at least ${minCharacters}; ${howToMake}`
  if (token.length > maxCharacters)
    return `holds ${token.length} characters, and a token has at most ${maxCharacters}; ${howToMake}`
  if (new Set(token).size < minDifferent)
    return `repeats a few characters and is easily guessed; ${howToMake}`
  return undefined
}
