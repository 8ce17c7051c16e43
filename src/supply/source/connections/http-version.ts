// The version of an HTTP answer, and the request headers that ask for a newer one only. Kept as `etag "…"` or
// `date Thu, 26 Nov 2026 …`.
import type { HttpAnswer } from './retrying-http.ts'

// RFC 9110 section 8.8.3. Longer ones are not worth keeping.
const entityTag = /^(?:W\/)?"[!#-~\x80-\xff]{0,200}"$/

// RFC 9110 section 8.8.2.2: another change within the same second would have the same date.
const quietMs = 5_000

/** Undefined when the server sends none, or a date so recent that another change could have the same. */
export function versionOf({ headers }: HttpAnswer, now: () => number): string | undefined {
  const tag = headers.etag
  if (typeof tag === 'string' && entityTag.test(tag)) return `etag ${tag}`
  const changed = headers['last-modified']
  if (typeof changed !== 'string' || !isDate(changed)) return undefined
  const { date } = headers
  // By the server's own clock when it sends Date.
  const atMs = typeof date === 'string' && isDate(date) ? Date.parse(date) : now()
  return Date.parse(changed) < atMs - quietMs ? `date ${changed}` : undefined
}

/** No headers for a text that is not such a version. */
export function conditionsOf(version: string | undefined): Record<string, string> {
  const [, kind, value = ''] = /^(etag|date) (.+)$/s.exec(version ?? '') ?? []
  if (kind === 'etag' && entityTag.test(value)) return { 'if-none-match': value }
  if (kind === 'date' && isDate(value)) return { 'if-modified-since': value }
  return {}
}

// IMF-fixdate (RFC 9110 section 5.6.7), the format that servers write.
function isDate(text: string): boolean {
  return (
    /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  )
}
