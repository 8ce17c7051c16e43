// The secrets of `links.secrets`, ready to sign and verify links and passes. What is signed has a label of its own, so
// that no link is a pass and no pass a link.
import type { KeyObject } from 'node:crypto'
import { createHmac, createSecretKey } from 'node:crypto'

/** The secrets of a configuration; the first signs, all verify. */
export type LinkKeys = readonly LinkKey[]

export interface LinkKey {
  readonly secret: KeyObject
  /** What a signature names its secret by. It proves nothing. */
  readonly id: Buffer
}

/** The version of links and of passes. */
export const version = 1
const versionByte = Buffer.from([version])
export const idBytes = 3
export const macBytes = 32
const idLabel = 'photogate secret id'

/** At least one secret. */
export function buildLinkKeys(secrets: readonly Buffer[]): LinkKeys {
  return secrets.map(bytes => {
    const secret = createSecretKey(bytes)
    return { secret, id: macOf(secret, idLabel).subarray(0, idBytes) }
  })
}

/** The key that signs. Throws without one: a fault of the program. */
export function signingKeyOf([key]: LinkKeys): LinkKey {
  if (key === undefined) throw new Error('there is no secret to sign with')
  return key
}

/** The keys that have the id. Ids are short, so two secrets may have the same. */
export function keysNamed(keys: LinkKeys, id: Buffer): LinkKeys {
  return keys.filter(key => key.id.equals(id))
}

/** HMAC-SHA256 of the version byte and the parts; the first part begins with a label. */
export function macOf(secret: KeyObject, ...parts: readonly (string | Buffer)[]): Buffer {
  const mac = createHmac('sha256', secret).update(versionByte)
  for (const part of parts) mac.update(part)
  return mac.digest()
}
