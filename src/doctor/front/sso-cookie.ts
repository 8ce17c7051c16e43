// The cookie of single sign-on that an administrator hands to doctor: what is sent, and for which hosts a browser would send
// it. Its value is a secret: no sentence here repeats it.
import { parseSetCookie } from 'cookie'
import type { Finding } from '../finding.ts'

export interface SsoCookie {
  /** The Cookie header. */
  readonly header: string
  /** Those that came with their attributes, from Set-Cookie headers. */
  readonly set: readonly SetSsoCookie[]
}

export interface SetSsoCookie {
  readonly name: string
  readonly domain: string | undefined
  readonly path: string | undefined
  readonly isSecure: boolean
  readonly sameSite: string | undefined
}

const pairPattern = /^[!#$%&'*+\-.^_`|~\w]+=[\x21\x23-\x3a\x3c-\x7e]+$/
const attributes = /;\s*(?:domain|path|secure|httponly|samesite|expires|max-age)\b/i

/**
 * A Cookie header, with or without its name, or Set-Cookie headers, one a line. Undefined for any other text.
 * @example parseSsoCookie('Cookie: LtpaToken2=abc')?.header // 'LtpaToken2=abc'
 */
export function parseSsoCookie(text: string): SsoCookie | undefined {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  const pairs: string[] = []
  const set: SetSsoCookie[] = []
  for (const line of lines) {
    const isSet = /^\s*set-cookie\s*:/i.test(line) || attributes.test(line)
    const value = line.replace(/^\s*(?:set-)?cookie\s*:/i, '').trim()
    if (isSet) set.push(readSetCookie(value))
    pairs.push(...(isSet ? [value.split(';')[0] as string] : value.split(';')))
  }
  const trimmed = pairs.map(pair => pair.trim()).filter(pair => pair !== '')
  if (trimmed.length === 0 || !trimmed.every(pair => pairPattern.test(pair))) return undefined
  return { header: trimmed.join('; '), set }
}

function readSetCookie(text: string): SetSsoCookie {
  const { name, domain, path, secure, sameSite } = parseSetCookie(text, { decode: value => value })
  return {
    name,
    // RFC 6265 section 5.2.3: a dot at the beginning means nothing.
    domain: domain?.replace(/^\./, '').toLowerCase() || undefined,
    path,
    isSecure: secure === true,
    sameSite: typeof sameSite === 'string' ? sameSite.toLowerCase() : undefined,
  }
}

/** Why a browser would not send the cookie to the photo host. */
export function judgeSetCookie(cookie: SetSsoCookie, url: URL): Finding[] {
  const { name, domain, path = '/', isSecure, sameSite } = cookie
  const host = url.hostname.toLowerCase()
  const why = `Browsers do not send ${name} to ${url.origin}, so people who have signed in are turned away there.`
  const findings: Finding[] = []
  if (domain !== undefined && host !== domain && !host.endsWith(`.${domain}`)) {
    findings.push({
      code: 'front-cookie-domain',
      effect: 'breaks',
      seen: `${name} is set with Domain=${domain}, and the photo host is ${host}.`,
      why,
      cure: [
        `Give the photo host a name below ${domain}, or set the SSO domain of the servers that issue ${name} to one that both names end with, and sign in again.`,
      ],
    })
  }
  if (isSecure && url.protocol === 'http:') {
    findings.push({
      code: 'front-cookie-secure',
      effect: 'breaks',
      seen: `${name} is set with Secure, and ${url.origin} is http.`,
      why,
      cure: [
        'Serve the photo host by https, and name it with https:// in the settings of Sametime and Connections.',
      ],
    })
  }
  if (path !== '/') {
    findings.push({
      code: 'front-cookie-path',
      effect: 'breaks',
      seen: `${name} is set with Path=${path}, and photos are at the top of the host.`,
      why,
      cure: [`Let the servers that issue ${name} set it with Path=/.`],
    })
  }
  if (sameSite === 'none' && !isSecure) {
    findings.push({
      code: 'front-cookie-samesite',
      effect: 'breaks',
      seen: `${name} is set with SameSite=None and without Secure.`,
      why: `Browsers refuse such a cookie: nobody has ${name}.`,
      cure: [`Let the servers that issue ${name} add Secure, and use https everywhere.`],
    })
  }
  return findings
}

/** What cannot be said of the cookie, as sentences. */
export function unsaidOfCookie({ name, domain, sameSite }: SetSsoCookie, url: URL): string[] {
  const hostOnly =
    domain === undefined
      ? [
          `${name} has no Domain: browsers send it only to the host that set it, and doctor cannot know whether that is ${url.hostname}.`,
        ]
      : []
  const site =
    sameSite === 'none'
      ? []
      : [
          `${name} has ${sameSite === undefined ? 'no SameSite, which browsers take for Lax' : `SameSite=${sameSite}`}: browsers send it only from pages of the photo host's own site, and doctor does not know the pages that show photos.`,
        ]
  return [...hostOnly, ...site]
}
