// What a request asks for, from its request-target. Parsed once, decoded once; policy, routing and the log all use the
// result, so they cannot read one request differently. Does not know which photos exist.
import { passPath, turnedAwayPath } from '../config/settings.ts'
import type { Refusal } from '../policy/policy.ts'
import { parseAddress } from '../text/mail-address.ts'

export type Target =
  /** `address` is a mail address, or undefined when the path and query name none. */
  | { readonly kind: 'photo'; readonly address: string | undefined }
  | { readonly kind: 'health' | 'ready' | 'page' | 'pass' | 'bad-encoding' }

export const healthPath = '/-/healthz'
export const readyPath = '/-/readyz'

const health: Target = { kind: 'health' }
const ready: Target = { kind: 'ready' }
const page: Target = { kind: 'page' }
const pass: Target = { kind: 'pass' }
const badEncoding: Target = { kind: 'bad-encoding' }
const unknownPhoto: Target = { kind: 'photo', address: undefined }

// A mail address has at most 254 characters, each at most nine when encoded, plus `/` and `.jpg`.
const maxEncoded = 2_400

// The paths at which Sametime and Connections look for a photo by `email`.
const queryPaths = new Set(['/photo', '/userinfo/image', '/profiles/photo.do'])

/** The mail address of the photo, if the target names one. */
export function addressOf(target: Target): string | undefined {
  return target.kind === 'photo' ? target.address : undefined
}

/** Whether the target names neither a photo nor a page, so only its path shows what the client meant. */
export function isUnnamed(target: Target): boolean {
  return target.kind === 'photo' ? target.address === undefined : target.kind === 'bad-encoding'
}

/** Whether it is a page that everybody gets, whatever the rules say. */
export function isPage({ kind }: Target): boolean {
  return kind === 'page' || kind === 'pass'
}

/** The reason for the log: a request that names no photo says so, instead of `no-rule`. */
export function nameRefusal(
  reason: Refusal['reason'],
  target: Target | undefined,
): Refusal['reason'] | 'no-photo-address' {
  const hasNoName = target !== undefined && isUnnamed(target)
  return reason === 'no-rule' && hasNoName ? 'no-photo-address' : reason
}

/**
 * Never throws. `url` is the request-target as received: latin1, undecoded, possibly absolute. `hasPasses`: a rule asks for
 * guest passes, so the page of passes exists.
 * @example parseTarget('/Joe%40acme.example.jpg') // { kind: 'photo', address: 'joe@acme.example' }
 */
export function parseTarget(url: string, hasPasses = false): Target {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '')
  const question = target.indexOf('?')
  const rawPath = question < 0 ? target : target.slice(0, question)
  if (rawPath.length > maxEncoded) return unknownPhoto
  // An encoded separator is not a separator.
  if (rawPath.includes('%') && /%(?:2f|5c)/i.test(rawPath)) return unknownPhoto
  const path = decode(rawPath)
  if (path === undefined) return badEncoding
  if (path.length > 5 && path.slice(-4).toLowerCase() === '.jpg') {
    return photoOf(path.slice(1, -4), path)
  }
  if (queryPaths.has(path)) return photoInQuery(question < 0 ? '' : target.slice(question + 1))
  if (path === healthPath) return health
  if (path === readyPath) return ready
  if (path === passPath && hasPasses) return pass
  return path === turnedAwayPath ? page : unknownPhoto
}

function photoOf(name: string, path: string): Target {
  // parseAddress refuses every slash, so the path can only name a file at the top.
  const address = path.startsWith('/') ? parseAddress(name) : undefined
  return address === undefined ? unknownPhoto : { kind: 'photo', address }
}

// Finds `email`, which may be encoded, without splitting the query: it can hold thousands of `&`.
const emailPair =
  /(?:^|&)(?:e|%65)(?:m|%6[dD])(?:a|%61)(?:i|%69)(?:l|%6[cC])(?:=([^=&]*)[^&]*)?(?![^&])/g

function photoInQuery(query: string): Target {
  emailPair.lastIndex = 0
  const first = emailPair.exec(query)
  if (first === null) return unknownPhoto
  const second = emailPair.exec(query)
  const [, text = ''] = first
  if (text.length > maxEncoded) return unknownPhoto
  const value = decode(text)
  if (value === undefined) return badEncoding
  // Two addresses in one request are a doubt, so neither counts.
  if (second !== null) return decode(second[1] ?? '') === undefined ? badEncoding : unknownPhoto
  // People and programs paste addresses with blanks around them.
  const address = parseAddress(value.trim())
  return address === undefined ? unknownPhoto : { kind: 'photo', address }
}

// `+` stays `+`: mail addresses have no blanks, but often a `+`. A `%` that is left after decoding was encoded twice, which
// an attacker does in the hope that some server decodes twice.
function decode(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes outside of printable ASCII are what is looked for
  const isPlain = !/[^\x00-\x7f]/.test(text)
  if (isPlain && !text.includes('%')) return text
  try {
    // Node's parser refuses raw bytes above 7f. If it ever admits them, they count as encoded.
    const encoded = text.replace(/[\x80-\xff]/g, byte => encodeByte(byte.charCodeAt(0)))
    const decoded = decodeURIComponent(encoded)
    return decoded.includes('%') ? undefined : decoded
  } catch {
    return undefined
  }
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16)}`
}
