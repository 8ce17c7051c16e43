// Domino's own LtpaToken: readable, with a SHA-1 over content and shared secret. deploy/docs/ltpa.md section 5.
import { createHash, timingSafeEqual } from 'node:crypto'
import { decodeLmbcs } from './lmbcs.ts'

/** From the field LTPA_DominoSecret of the Web SSO document. */
export interface DominoSecret {
  readonly secret: Buffer
  /** First 8 hex digits of the SHA-256 of the secret's SHA-256: names it in logs. */
  readonly keyId: string
}

export interface DominoParts {
  readonly createdMs: number
  readonly expiresMs: number
  readonly user: string
  /** Some bytes of the name could not be decoded. */
  readonly isUnclear: boolean
}

const header = Buffer.from([0, 1, 2, 3])
const hashBytes = 20
const fixedBytes = 20 // Header and two times of 8 hex digits.

export function buildDominoSecret(secret: Buffer): DominoSecret {
  const once = createHash('sha256').update(secret).digest()
  return { secret, keyId: createHash('sha256').update(once).digest('hex').slice(0, 8) }
}

/** Whether the bytes have the header and the length of such a token. */
export function looksLikeDomino(bytes: Buffer): boolean {
  return bytes.length > fixedBytes + hashBytes && bytes.subarray(0, 4).equals(header)
}

/** The parts of a token that the secret vouches for; undefined for any other token. */
export function verifyDominoToken(
  bytes: Buffer,
  { secret }: DominoSecret,
): DominoParts | undefined {
  if (!looksLikeDomino(bytes)) return undefined
  const content = bytes.subarray(0, -hashBytes)
  const expected = createHash('sha1').update(content).update(secret).digest()
  if (!timingSafeEqual(bytes.subarray(-hashBytes), expected)) return undefined
  const createdMs = parseSeconds(content.toString('latin1', 4, 12))
  const expiresMs = parseSeconds(content.toString('latin1', 12, 20))
  if (createdMs === undefined || expiresMs === undefined) return undefined
  const { text: user, isWhole } = decodeLmbcs(content.subarray(fixedBytes))
  return { createdMs, expiresMs, user, isUnclear: !isWhole }
}

function parseSeconds(text: string): number | undefined {
  return /^[0-9a-f]{8}$/i.test(text) ? Number.parseInt(text, 16) * 1000 : undefined
}
