// Conditional requests and ranges: RFC 9110 sections 13 and 14. Headers and a photo in, verdict out.
import type { IncomingHttpHeaders } from 'node:http'
import type { Photo } from '../photo/photo-store.ts'

export type Verdict =
  | { readonly kind: 'whole' | 'not-modified' | 'precondition-failed' | 'range-unsatisfiable' }
  /** Both ends included, in bytes. */
  | { readonly kind: 'range'; readonly first: number; readonly last: number }

const whole: Verdict = { kind: 'whole' }
const notModified: Verdict = { kind: 'not-modified' }
const preconditionFailed: Verdict = { kind: 'precondition-failed' }
const unsatisfiable: Verdict = { kind: 'range-unsatisfiable' }

/** In the order of RFC 9110 section 13.2.2. Invalid dates and ranges count as absent. */
export function evaluate(method: string, headers: IncomingHttpHeaders, photo: Photo): Verdict {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined) {
    if (!hasStrongMatch(ifMatch, photo.etag)) return preconditionFailed
  } else {
    const since = parseDate(headers['if-unmodified-since'])
    if (since !== undefined && photo.modifiedMs > since) return preconditionFailed
  }
  if (ifNoneMatch !== undefined) {
    if (hasWeakMatch(ifNoneMatch, photo.etag)) return notModified
  } else {
    const since = parseDate(headers['if-modified-since'])
    if (since !== undefined && photo.modifiedMs <= since) return notModified
  }
  const { range } = headers
  if (range === undefined || method !== 'GET' || !mayUseRange(headers['if-range'], photo))
    return whole
  return selectRange(range, photo.bytes.length)
}

const entityTag = /(W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g

function hasStrongMatch(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return [...header.matchAll(entityTag)].some(([tag]) => tag === etag)
}

function hasWeakMatch(header: string, etag: string): boolean {
  if (header === etag) return true
  if (header.trim() === '*') return true
  return [...header.matchAll(entityTag)].some(([tag]) => tag.replace(/^W\//, '') === etag)
}

// A date in If-Range must be the very Last-Modified; the file system's second is exact enough here,
// because a changed photo is another ETag and browsers send that.
function mayUseRange(ifRange: string | string[] | undefined, photo: Photo): boolean {
  if (ifRange === undefined) return true
  return ifRange === photo.etag || parseDate(String(ifRange)) === photo.modifiedMs
}

// Several ranges get the whole photo: it is small, and floods of ranges are an old attack
// (CVE-2011-3192).
function selectRange(header: string, length: number): Verdict {
  const [, from = '', to = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header) ?? []
  if (from === '' && to === '') return whole
  if (from === '') {
    const suffix = Number(to)
    return suffix === 0
      ? unsatisfiable
      : { kind: 'range', first: Math.max(0, length - suffix), last: length - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return whole
  if (first >= length) return unsatisfiable
  return { kind: 'range', first, last: to === '' ? length - 1 : Math.min(Number(to), length - 1) }
}

// The three forms of RFC 9110 section 5.6.7; Date.parse alone takes nearly anything for a date.
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const time = '\\d{2}:\\d{2}:\\d{2}'
const httpDate = new RegExp(
  `^(?:${day}, \\d{2} ${month} \\d{4} ${time} GMT|${day}[a-z]*, \\d{2}-${month}-\\d{2} ${time} GMT|${day} ${month} [ \\d]\\d ${time} \\d{4})$`,
)

function parseDate(text: string | undefined): number | undefined {
  if (text === undefined || !httpDate.test(text)) return undefined
  const milliseconds = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}
