// The public URL of a photo. Its base, the photo host, is checked here, once.

// A URL's host may hold quotes, braces, semicolons and dollar signs, which have a meaning to the shell and to
// every front. Neither a DNS name nor an address has them.
const hostPattern = /^(?:[a-z\d_](?:[a-z\d._-]*[a-z\d_.])?|\[[\da-f:.]+\])$/

/**
 * The base of all photo URLs: scheme, host and port. Undefined for any other text, and for a URL with a path:
 * the gate serves photos at the top of a host.
 * @example parseBaseUrl('https://photos.acme.example/photos') // undefined
 */
export function parseBaseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  // Comparing the whole URL leaves no place for a user name, password, query or fragment.
  const isPlain = hostPattern.test(url.hostname) && url.port !== '0'
  return isWeb && isPlain && url.href === `${url.origin}/` ? url : undefined
}

/** The photo's URL. It needs no escaping in single quotes, in XML or as an LDIF value. */
export function photoUrl(base: URL, address: string): string {
  return `${base.origin}/${encodeAddress(address)}.jpg`
}

/**
 * A mail address percent-encoded for paths and queries, in UTF-8. `@` stays, so that people can read it; RFC 3986
 * section 3.3 allows it.
 * @example encodeAddress("o'neil@acme.example") // 'o%27neil@acme.example'
 */
export function encodeAddress(address: string): string {
  return encodeURIComponent(address)
    .replaceAll('%40', '@')
    .replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
