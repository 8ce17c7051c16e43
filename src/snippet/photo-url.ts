// The URL under which the world finds a photo. The photo host's own part of it is checked here, once.

// A URL's host may hold quotes, braces, semicolons and dollar signs, which mean something to the shell and to
// every front. No name in DNS has them, nor has an address.
const hostPattern = /^(?:[a-z\d_](?:[a-z\d._-]*[a-z\d_.])?|\[[\da-f:.]+\])$/

/**
 * The base of all photo URLs: scheme, host and port. Undefined when the text is anything else, or more:
 * the gate serves photos at the top of a host, so that there can be no path.
 */
export function parseBaseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  // Compared as a whole, so that no name, password, query or fragment can hide in it.
  const isPlain = hostPattern.test(url.hostname) && url.port !== '0'
  return isWeb && isPlain && url.href === `${url.origin}/` ? url : undefined
}

/** The photo's URL; its characters need no quoting in single quotes, XML or an LDIF value. */
export function photoUrl(base: URL, address: string): string {
  return `${base.origin}/${encodeAddress(address)}.jpg`
}

/** Percent-encoded for paths and queries, in UTF-8; `@` stays, as RFC 3986 section 3.3 lets it, for people to read. */
export function encodeAddress(address: string): string {
  return encodeURIComponent(address)
    .replaceAll('%40', '@')
    .replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
