// From the configuration's text on signed links to secrets. A problem of a file is reported at the key that names it. No
// message quotes a secret.
import { resolve } from 'node:path'
import { decodeBase64 } from '../../ltpa/token.ts'
import type { Findings } from '../document/findings.ts'
import type { Keys } from '../document/yaml-nodes.ts'
import { listOf } from '../lists.ts'
import { firstLine, loadSecret, SecretFileError } from '../ltpa/secret-files.ts'
import type { ConfigText } from '../schema/schema.ts'
import type { LinkSettings } from '../settings.ts'

// What the schema refused is undefined.
type LinksText = Partial<NonNullable<ConfigText['links']>>

export interface LinksInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Gets the absolute paths of all files. */
  readonly files: string[]
  readonly findings: Findings
}

const minBytes = 32
const howToMake = 'make one with openssl rand -base64 32'

/** Usable only when the findings have no problems afterwards. */
export function buildLinks(input: LinksInput, { secrets = [] }: LinksText): LinkSettings {
  const firstOf = new Map<string, number>()
  const found = listOf(secrets).flatMap((file: string | undefined, at) => {
    if (file === undefined) return []
    const place = ['links', 'secrets', ...(typeof secrets === 'string' ? [] : [at])]
    const secret = loadLinkSecret(input, file, place)
    if (secret === undefined) return []
    const text = secret.toString('latin1')
    const first = firstOf.get(text)
    if (first !== undefined) {
      const message = `is the secret of secrets[${first}] again; one of them is enough`
      input.findings.warn(place, message)
    }
    firstOf.set(text, first ?? at)
    return [secret]
  })
  return { secrets: found }
}

function loadLinkSecret(
  { base, files, findings }: LinksInput,
  file: string,
  place: Keys,
): Buffer | undefined {
  const path = resolve(base, file)
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
      // An attacker who guesses it can sign links to every photo.
      findings.refuse(place, `repeats a few bytes and is easily guessed; ${howToMake}`)
    } else return secret
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    findings.refuse(place, error.message)
  }
  return undefined
}
