// Guest passes: a signed text that opens photos until it expires, for everybody who has it. The invitation's link brings
// it (`p`), a cookie keeps it. Signs and verifies; which rules ask for it is the policy's business. The format:
// deploy/docs/links.md.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { GuestPass, PassVerdict } from '../policy/condition.ts'
import { splitGlobs } from '../policy/photo-glob.ts'
import type { LinkKeys } from './link-keys.ts'
import { idBytes, keysNamed, macBytes, macOf, signingKeyOf, version } from './link-keys.ts'

/** Characters of a pass at most: a browser keeps a cookie of 4,096 bytes, and the gate reads 8,190 of all cookies. */
export const maxPassLength = 1_200

const versionByte = Buffer.from([version])
const label = 'photogate pass\0'
// The pass's id, its expiry, and the length of the text behind them.
const passIdBytes = 8
const expiryBytes = 5
const lengthBytes = 2
// A pass with a longer text is too long anyway.
const maxTextBytes = 0xffff
const headBytes = passIdBytes + expiryBytes + lengthBytes
const minBytes = 1 + idBytes + headBytes + macBytes
const alphabet = /^[\w-]*$/

export interface PassTerms {
  /** Seconds since the epoch: whole, positive, at most 2 ** 40 - 1. */
  readonly expires: number
  /** Globs over mail addresses; no exclusions, and at least one. */
  readonly photos: readonly string[]
  /** Not empty, without control characters. */
  readonly name?: string | undefined
  /** Only for vectors: random without it. */
  readonly id?: Buffer
}

/**
 * The pass, in base64url, signed by the first of the keys, and its id. It may be longer than `maxPassLength`; then it is
 * refused.
 * @throws Error without a key: a fault of the program.
 */
export function signPass(keys: LinkKeys, terms: PassTerms): { text: string; id: string } {
  const { expires, photos, name, id = randomBytes(passIdBytes) } = terms
  const key = signingKeyOf(keys)
  const words = [photos.join('\n'), ...(name === undefined ? [] : [name])].join('\0')
  const text = Buffer.from(words)
  const head = Buffer.alloc(headBytes)
  id.copy(head)
  head.writeUIntBE(expires, passIdBytes, expiryBytes)
  head.writeUInt16BE(Math.min(text.length, maxTextBytes), passIdBytes + expiryBytes)
  const mac = macOf(key.secret, label, head, text)
  const bytes = Buffer.concat([versionByte, key.id, head, text, mac])
  return { text: bytes.toString('base64url'), id: id.toString('hex') }
}

/** Never throws. `nowMs`: milliseconds since the epoch. */
export type PassVerifier = (text: string, nowMs: number) => PassVerdict

// Only authentic passes are cached, and each was printed by photogate pass.
const maxCached = 2_000

/** A verifier that verifies each pass once, and looks at its expiry each time. */
export function buildPassVerifier(keys: LinkKeys): PassVerifier {
  const authentic = new LRUCache<string, AuthenticPass>({ max: maxCached })
  return (text, nowMs) => {
    if (text.length > maxPassLength) return refusals.malformed
    const known = authentic.get(text)
    const found = known ?? readPass(keys, text)
    if ('reason' in found) return found
    if (known === undefined) authentic.set(text, found)
    return nowMs < found.valid.pass.expiresMs ? found.valid : found.expired
  }
}

// Made once, so that a request allocates neither.
interface AuthenticPass {
  readonly valid: PassVerdict & { readonly valid: true }
  readonly expired: PassVerdict
}
type RefusedPass = Exclude<PassVerdict, { readonly pass: GuestPass }>

const refusals = Object.fromEntries(
  (['cut', 'malformed', 'unknown-secret', 'not-authentic'] as const).map(reason => [
    reason,
    { valid: false, reason },
  ]),
) as Record<RefusedPass['reason'], RefusedPass>

function readPass(keys: LinkKeys, text: string): AuthenticPass | RefusedPass {
  if (!alphabet.test(text)) return refusals.malformed
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length < minBytes) return refusals.cut
  if (bytes[0] !== version) return refusals.malformed
  const id = bytes.subarray(1, 1 + idBytes)
  const signed = bytes.subarray(1 + idBytes, -macBytes)
  const missing = signed.readUInt16BE(passIdBytes + expiryBytes) - (signed.length - headBytes)
  if (missing > 0) return refusals.cut
  // The bits of the last character that stand for nothing must be 0, so that a pass has one spelling.
  if (missing < 0 || bytes.toString('base64url') !== text) return refusals.malformed
  const named = keysNamed(keys, id)
  if (named.length === 0) return refusals['unknown-secret']
  const mac = bytes.subarray(-macBytes)
  const isAuthentic = named.some(({ secret }) => timingSafeEqual(macOf(secret, label, signed), mac))
  return isAuthentic ? parseSigned(signed) : refusals['not-authentic']
}

function parseSigned(signed: Buffer): AuthenticPass | RefusedPass {
  const [globs = '', name] = signed.toString('utf8', headBytes).split('\0')
  const { included, excluded } = splitGlobs(globs.split('\n'))
  // Another program may have signed it. An exclusion would have to hide a person under each address, as rules do.
  if (excluded.length > 0) return refusals.malformed
  const pass: GuestPass = {
    id: signed.toString('hex', 0, passIdBytes),
    name,
    expiresMs: signed.readUIntBE(passIdBytes, expiryBytes) * 1000,
    photos: included,
  }
  return { valid: { valid: true, pass }, expired: { valid: false, reason: 'expired', pass } }
}
