// What a request asks for, from its request-target. Read once, decoded once; policy, routing and the
// log all use what comes out of here, so they cannot read the same request differently.
import { turnedAwayPath } from '../config/settings.ts'
import type { Refusal } from '../policy/policy.ts'
import { parseAddress } from '../text/mail-address.ts'

export type Target =
  /** `address` undefined: a photo that nobody has, whatever the path or query said. */
  | { readonly kind: 'photo'; readonly address: string | undefined }
  | { readonly kind: 'health' | 'ready' | 'page' | 'bad-encoding' }

const healthPath = '/-/healthz'
const readyPath = '/-/readyz'

const health: Target = { kind: 'health' }
const ready: Target = { kind: 'ready' }
const page: Target = { kind: 'page' }
const badEncoding: Target = { kind: 'bad-encoding' }
const unknownPhoto: Target = { kind: 'photo', address: undefined }

// An address has at most 254 characters, each of at most nine when it is encoded, and `/` and `.jpg` beside it.
const maxEncoded = 2_400

// Where Sametime and Connections look for a photo by `email`; see the README.
const queryPaths = new Set(['/photo', '/userinfo/image', '/profiles/photo.do'])

/** The address of the photo asked for, if one is. */
export function addressOf(target: Target): string | undefined {
  return target.kind === 'photo' ? target.address : undefined
}

/** Neither a photo nor anything else that there is: the path is all that says what was meant. */
export function isUnnamed(target: Target): boolean {
  return target.kind === 'photo' ? target.address === undefined : target.kind === 'bad-encoding'
}

/** A client that named no photo is told so, not that no rule admits it. */
export function nameRefusal(
  reason: Refusal['reason'],
  target: Target | undefined,
): Refusal['reason'] | 'no-photo-address' {
  const hasNoName = target !== undefined && isUnnamed(target)
  return reason === 'no-rule' && hasNoName ? 'no-photo-address' : reason
}

/** Never throws. `url` is the request-target as received: latin1, undecoded, possibly absolute. */
export function parseTarget(url: string): Target {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '')
  const question = target.indexOf('?')
  const rawPath = question < 0 ? target : target.slice(0, question)
  if (rawPath.length > maxEncoded) return unknownPhoto
  // A separator that arrives encoded separates nothing.
  if (rawPath.includes('%') && /%(?:2f|5c)/i.test(rawPath)) return unknownPhoto
  const path = decode(rawPath)
  if (path === undefined) return badEncoding
  if (path.length > 5 && path.slice(-4).toLowerCase() === '.jpg') {
    return photoOf(path.slice(1, -4), path)
  }
  if (queryPaths.has(path)) return photoInQuery(question < 0 ? '' : target.slice(question + 1))
  if (path === healthPath) return health
  if (path === readyPath) return ready
  return path === turnedAwayPath ? page : unknownPhoto
}

function photoOf(name: string, path: string): Target {
  // parseAddress refuses every slash, so that only a file at the top can be meant.
  const address = path.startsWith('/') ? parseAddress(name) : undefined
  return address === undefined ? unknownPhoto : { kind: 'photo', address }
}

// The name may be encoded. Finds it without taking apart what nobody asked for: a query holds thousands of `&`.
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
  // Two addresses in one request: a doubt, so neither.
  if (second !== null) return decode(second[1] ?? '') === undefined ? badEncoding : unknownPhoto
  // People and their programs paste addresses with blanks around them.
  const address = parseAddress(value.trim())
  return address === undefined ? unknownPhoto : { kind: 'photo', address }
}

// `+` stays what it is: addresses hold no blanks, but many a `+`. A `%` that is left after decoding
// means that somebody encoded twice, hoping that somebody decodes twice.
function decode(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes outside of printable ASCII are what is looked for
  const isPlain = !/[^\x00-\x7f]/.test(text)
  if (isPlain && !text.includes('%')) return text
  try {
    // Raw bytes above 7f are refused by Node's parser before; should one ever let them through, they
    // count as if they had been encoded.
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
