// Signed links: a photo's URL with `exp` and `sig`, which opens this photo until then for anybody who has it. Signs and
// verifies; which rules ask for it is the policy's business. The format: deploy/docs/links.md.
import type { KeyObject } from 'node:crypto'
import { timingSafeEqual } from 'node:crypto'
import type { LinkVerdict, SentLink } from '../policy/condition.ts'
import type { LinkKeys } from './link-keys.ts'
import { idBytes, keysNamed, macOf, signingKeyOf, version } from './link-keys.ts'
import { findPairs } from './query-pairs.ts'

const versionByte = Buffer.from([version])
// Version, id and HMAC-SHA256 are 36 bytes: 48 characters of base64url without padding or unused bits, so a signature has
// one spelling.
const signaturePattern = /^[\w-]{48}$/
const expiryPattern = /^[1-9]\d{0,10}$/
const label = 'photogate link'

export interface LinkTerms {
  /** A canonical mail address. */
  readonly address: string
  /** Seconds since the epoch: whole, positive, at most 11 digits. */
  readonly expires: number
}

/**
 * The query of a link, `exp=…&sig=…`, signed by the first of the keys.
 * @throws Error without a key: a fault of the program.
 */
export function signLink(keys: LinkKeys, { address, expires }: LinkTerms): string {
  const key = signingKeyOf(keys)
  const signature = Buffer.concat([versionByte, key.id, linkMac(key.secret, address, expires)])
  return `exp=${expires}&sig=${signature.toString('base64url')}`
}

export interface LinkFacts {
  /** The request-target as received. */
  readonly url: string
  /** The canonical mail address that it names. */
  readonly photo: string
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** Why a signed link was refused. */
export type LinkRefusal = Exclude<(LinkVerdict & { valid: false })['reason'], 'unsigned'>

export interface ReadLink extends SentLink {
  /** Undefined when it was not refused: it is valid, the request is none, or no rule has asked. */
  refusal(): LinkRefusal | undefined
}

/** The link of a request; it is verified when a rule first asks, and once. */
export function readLink(keys: LinkKeys, facts: LinkFacts): ReadLink {
  let verdict: LinkVerdict | undefined
  return {
    verdict: () => {
      verdict ??= verifyLink(keys, facts)
      return verdict
    },
    refusal: () => {
      if (verdict === undefined || verdict.valid || verdict.reason === 'unsigned') return undefined
      return verdict.reason
    },
  }
}

function verifyLink(keys: LinkKeys, { url, photo, nowMs }: LinkFacts): LinkVerdict {
  const sent = readQuery(url)
  if ('refused' in sent) return { valid: false, reason: sent.refused }
  const signature = Buffer.from(sent.sig, 'base64url')
  if (signature[0] !== version) return { valid: false, reason: 'malformed' }
  const id = signature.subarray(1, 1 + idBytes)
  const mac = signature.subarray(1 + idBytes)
  const named = keysNamed(keys, id)
  if (named.length === 0) return { valid: false, reason: 'unknown-secret' }
  const isAuthentic = named.some(({ secret }) =>
    timingSafeEqual(linkMac(secret, photo, sent.exp), mac),
  )
  if (!isAuthentic) return { valid: false, reason: 'not-authentic' }
  const expiresMs = Number(sent.exp) * 1000
  return nowMs < expiresMs
    ? { valid: true, expiresMs }
    : { valid: false, reason: 'expired', expiresMs }
}

type Query =
  | { readonly exp: string; readonly sig: string }
  | { readonly refused: 'unsigned' | 'cut' | 'doubled' | 'malformed' }

// `exp` and `sig`, also in capitals or percent-encoded: a front or another reader may take those for the same parameter, so
// they count against the link.
const signedPair =
  /(?:^\?|&)((?:e|%[46]5)(?:x|%[57]8)(?:p|%[57]0)|(?:s|%[57]3)(?:i|%[46]9)(?:g|%[46]7))(?:=([^&]*))?(?![^&])/gi

function readQuery(url: string): Query {
  const pairs = findPairs(signedPair, { url, maxPairs: 3 })
  if (pairs.length === 0) return { refused: 'unsigned' }
  if (pairs.length > 2) return { refused: 'doubled' }
  const values = new Map(pairs)
  if (values.size < pairs.length) return { refused: 'doubled' }
  const [exp, sig] = [values.get('exp'), values.get('sig')]
  if (pairs.length === 1) return { refused: 'cut' }
  if (exp === undefined || sig === undefined || !expiryPattern.test(exp)) {
    return { refused: 'malformed' }
  }
  if (/^[\w-]{0,47}$/.test(sig)) return { refused: 'cut' }
  return signaturePattern.test(sig) ? { exp, sig } : { refused: 'malformed' }
}

// Neither the label nor an address nor digits have a NUL, so no two texts run together.
function linkMac(secret: KeyObject, address: string, expires: string | number): Buffer {
  return macOf(secret, `${label}\0${address}\0${expires}`)
}
