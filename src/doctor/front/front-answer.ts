// What comes back through the front, and what kind of answer it is. Does not ask, and knows no log.
import type { Otherwise } from '../../config/settings.ts'

export interface FrontAnswer {
  readonly status: number
  /** By lower-case name; several of one name are joined. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most `maxBodyBytes` of it. */
  readonly body: Buffer
  /** The two ends of the connection to the front. */
  readonly localAddress: string | undefined
  readonly remoteAddress: string | undefined
  /** Of the front, by https. Milliseconds since the epoch. */
  readonly certificate?: { readonly fromMs: number; readonly untilMs: number } | undefined
}

/** No answer came. */
export interface FrontTrouble {
  /** Node's or OpenSSL's code, such as `ECONNREFUSED`. */
  readonly code: string
  readonly message: string
}

export type FrontReply = FrontAnswer | FrontTrouble

export const maxBodyBytes = 1024 * 1024

export function isAnswer(reply: FrontReply): reply is FrontAnswer {
  return 'status' in reply
}

/** `missing`: the gate admits and has no photo. `bad-gateway`: the front does not reach the gate. */
export type AnswerKind =
  | 'turned-away'
  | 'photo'
  | 'missing'
  | 'bad-encoding'
  | 'bad-gateway'
  | 'other'

export function kindOf({ status, headers, body }: FrontAnswer, otherwise: Otherwise): AnswerKind {
  if (status === 502 || status === 503 || status === 504) return 'bad-gateway'
  if ('redirect' in otherwise && status >= 301 && status <= 308 && status !== 304) {
    return 'turned-away'
  }
  const isEmpty = body.length === 0
  if ('status' in otherwise && status === otherwise.status && isEmpty) return 'turned-away'
  const isImage = headers['content-type']?.startsWith('image/') ?? false
  if (status === 304 || (isImage && (status === 200 || status === 206))) return 'photo'
  if (status === 404) return 'missing'
  return status === 400 && body.includes('percent-encoding') ? 'bad-encoding' : 'other'
}

/** Whether only somebody who is admitted gets such an answer. */
export function isForAdmitted(kind: AnswerKind): boolean {
  return kind === 'photo' || kind === 'missing' || kind === 'bad-encoding'
}

/** Whether the answer can be the gate's: it has the marks of one. Fronts that remove headers make it doubtful. */
export function isOfGate(answer: FrontAnswer, otherwise: Otherwise): boolean {
  const kind = kindOf(answer, otherwise)
  const isMarked = answer.headers['x-content-type-options'] !== undefined
  return kind === 'turned-away' || (isForAdmitted(kind) && isMarked)
}

/** Whether a cache says that the answer is its own: RFC 9111 section 5.1, RFC 9211, and the headers of products. */
export function isFromCache({ headers }: FrontAnswer): boolean {
  const named = ['x-cache', 'x-cache-status', 'cf-cache-status', 'cache-status', 'x-proxy-cache']
  return Number(headers.age) > 0 || named.some(name => /\bhit\b/i.test(headers[name] ?? ''))
}

/** An answer in words: `302 to https://www.acme.example/`. */
export function describeReply(reply: FrontReply): string {
  if (!isAnswer(reply)) return `no answer (${reply.code}: ${reply.message})`
  const { location, 'content-type': type = 'no type' } = reply.headers
  return `${reply.status}${location === undefined ? ` (${clip(type)})` : ` to ${withoutQuery(location)}`}`
}

/** A URL without its query and parameters, which may hold a session. */
export function withoutQuery(url: string): string {
  return clip(url.replace(/[?#;].*$/s, '?…'))
}

const maxShown = 200

/** A header is as long as its sender likes. */
export function clip(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}
