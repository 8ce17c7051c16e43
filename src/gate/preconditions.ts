// Conditional requests and ranges: RFC 9110 sections 13 and 14. Headers and a photo in, result out.
import type { IncomingHttpHeaders } from 'node:http'
import type { Photo } from '../photo/photo-store.ts'
import { parseHttpDate } from './http-date.ts'

export type PreconditionResult =
  | { readonly kind: 'whole' | 'not-modified' | 'precondition-failed' | 'range-unsatisfiable' }
  /** Both ends included, in bytes. */
  | { readonly kind: 'range'; readonly first: number; readonly last: number }

const whole: PreconditionResult = { kind: 'whole' }
const notModified: PreconditionResult = { kind: 'not-modified' }
const preconditionFailed: PreconditionResult = { kind: 'precondition-failed' }
const unsatisfiable: PreconditionResult = { kind: 'range-unsatisfiable' }

/** Evaluates in the order of RFC 9110 section 13.2.2. Invalid dates and ranges count as absent. */
export function checkPreconditions(
  method: string,
  headers: IncomingHttpHeaders,
  photo: Photo,
): PreconditionResult {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined) {
    if (!hasStrongMatch(ifMatch, photo.etag)) return preconditionFailed
  } else {
    const since = parseHttpDate(headers['if-unmodified-since'])
    if (since !== undefined && photo.modifiedMs > since) return preconditionFailed
  }
  if (ifNoneMatch !== undefined) {
    if (hasWeakMatch(ifNoneMatch, photo.etag)) return notModified
  } else {
    const since = parseHttpDate(headers['if-modified-since'])
    if (since !== undefined && photo.modifiedMs <= since) return notModified
  }
  const { range } = headers
  if (range === undefined || method !== 'GET' || !mayUseRange(headers['if-range'], photo))
    return whole
  return selectRange(range, photo.bytes.length)
}

// RFC 9110 section 8.8.3 and the list rule of section 5.6.1, whose elements may be empty. One pass: a header can
// hold thousands of tags.
const tag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"'
const tagList = new RegExp(`^(?:[ \\t]*,)*[ \\t]*${tag}(?:[ \\t]*,(?:[ \\t]*${tag})?)*[ \\t]*$`)

function hasStrongMatch(header: string, etag: string): boolean {
  return matches(header, etag, true)
}

function hasWeakMatch(header: string, etag: string): boolean {
  return header === etag || matches(header, etag, false)
}

// A header that is not a list of entity tags matches nothing, as if it listed unknown tags. In a valid list, the
// photo's ETag with its quotes is always a whole tag, because a comma separates two tags.
function matches(header: string, etag: string, isStrong: boolean): boolean {
  if (header.trim() === '*') return true
  if (!header.includes(etag) || !tagList.test(header)) return false
  for (let at = header.indexOf(etag); at >= 0; at = header.indexOf(etag, at + etag.length)) {
    if (!isStrong || header[at - 1] !== '/') return true
  }
  return false
}

// A date in If-Range must equal Last-Modified. Its resolution of one second is enough, because a changed photo has
// another ETag, which browsers send.
function mayUseRange(ifRange: string | string[] | undefined, photo: Photo): boolean {
  if (ifRange === undefined) return true
  return ifRange === photo.etag || parseHttpDate(String(ifRange)) === photo.modifiedMs
}

// Several ranges get the whole photo: it is small, and floods of ranges are an old attack (CVE-2011-3192).
function selectRange(header: string, length: number): PreconditionResult {
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
