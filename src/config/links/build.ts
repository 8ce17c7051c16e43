// From the configuration's text on signed links to secrets. A problem of a file is reported at the key that names it. No
// message quotes a secret.
import { listOf } from '../lists.ts'
import type { ConfigText } from '../schema/schema.ts'
import type { LinkSettings } from '../settings.ts'
import type { SigningSecretInput } from '../signing-secret.ts'
import { loadSigningSecret } from '../signing-secret.ts'

// A key that the schema refused is undefined.
type LinksText = Partial<NonNullable<ConfigText['links']>>

/** Usable only when the findings have no problems afterwards. */
export function buildLinks(input: SigningSecretInput, { secrets = [] }: LinksText): LinkSettings {
  const firstOf = new Map<string, number>()
  const found = listOf(secrets).flatMap((file: string | undefined, at) => {
    if (file === undefined) return []
    const place = ['links', 'secrets', ...(typeof secrets === 'string' ? [] : [at])]
    const secret = loadSigningSecret(input, file, place)
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
