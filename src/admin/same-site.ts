// Whether a page of another site has sent a request. Browsers say so: in Sec-Fetch-Site (Fetch Metadata) and Origin.
import type { IncomingHttpHeaders } from 'node:http'

/** `origins`: those that the listener has for browsers. Programs that are no browsers send neither header. */
export function isOfOtherSite(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  origins: readonly string[],
): boolean {
  if (headers.origin !== undefined && !origins.includes(headers.origin)) return true
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  // A link from a mail or another page may lead here.
  const isLink =
    headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return !(isLink && method === 'GET')
}
