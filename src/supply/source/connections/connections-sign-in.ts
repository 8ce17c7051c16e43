// Signs in to HCL Connections and stays signed in: with user and password in each request until the server sets an LTPA
// cookie, or by WebSphere's form. Cookies go to no other server and appear in no message.
import type { ConnectionsSettings } from '../../../config/supply/settings.ts'
import { SourceError } from '../source.ts'
import type { HttpAnswer, RetryingHttp } from './retrying-http.ts'

/** `headers` without those that sign in. @throws SourceError `source` when the server refuses the user. */
export type Ask = (path: string, headers: Readonly<Record<string, string>>) => Promise<HttpAnswer>

/** The credentials of a request. */
interface Pass {
  readonly headers: Readonly<Record<string, string>>
  /** False: when the server refuses these, it will refuse all others. */
  readonly isRenewable: boolean
}

interface SignIn {
  /** @throws SourceError when the form refuses the user. */
  pass(): Promise<Pass>
  /** Keeps the cookies that came with an answer. */
  keep(answer: HttpAnswer): void
  /** The pass is no longer valid. */
  drop(pass: Pass): void
}

const cookieNames = ['LtpaToken2', 'LtpaToken']

// Another request's pass that expires meanwhile, one that has expired, and a new one.
const maxTries = 3

/**
 * Sends requests signed in, and signs in again when the server asks for it.
 * @throws SourceError
 */
export function buildAsk(settings: ConnectionsSettings, password: string, http: RetryingHttp): Ask {
  const signIn = buildSignIn(settings, password, http)
  // A refusal is final: sending a wrong password again and again locks accounts.
  let refused: SourceError | undefined
  return async (path, headers) => {
    for (let tried = 1; ; tried++) {
      if (refused !== undefined) throw refused
      const pass = await signIn.pass()
      const answer = await http.ask({
        path,
        headers: { accept: 'image/*', ...headers, ...pass.headers },
      })
      const refusal = refusalOf(answer, settings)
      if (refusal === undefined) {
        signIn.keep(answer)
        return answer
      }
      signIn.drop(pass)
      if (tried === maxTries || !pass.isRenewable) {
        refused = new SourceError('source', `${settings.url} ${refusal}`)
      }
    }
  }
}

/** Worded to follow the URL; undefined when the answer is one to a signed-in user. */
function refusalOf(
  { status, headers }: HttpAnswer,
  { url, user, passwordFile, signIn }: ConnectionsSettings,
): string | undefined {
  const check = `check user (${user}) and what is in ${passwordFile}`
  const other = signIn === 'basic' ? 'form' : 'basic'
  if (status === 401) return `refuses user or password (status 401): ${check}`
  if (status >= 300 && status < 400 && status !== 304) {
    const to = originOf(headers.location, url)
    return to !== undefined && to !== new URL(url).origin
      ? `redirects to ${to} (status ${status}); write the URL there, or, if that is a sign-in page, ${check}`
      : `redirects, most likely to its sign-in page (status ${status}): it has not accepted user or password; ${check}, or write signIn: ${other}`
  }
  if (status === 200 && /^text\/html\b/i.test(String(headers['content-type'] ?? ''))) {
    return `answers with a page, most likely its sign-in page, in place of a photo; ${check}, or write signIn: ${other}`
  }
  return undefined
}

// The origin only: paths and queries may hold tokens.
function originOf(location: string | string[] | undefined, url: string): string | undefined {
  const text = String(location ?? '')
  return URL.canParse(text, url) ? new URL(text, url).origin : undefined
}

function buildSignIn(settings: ConnectionsSettings, password: string, http: RetryingHttp): SignIn {
  const { url, user, signIn } = settings
  const isSecure = url.toLowerCase().startsWith('https:')
  let cookiePass: Pass | undefined
  const keep = (answer: HttpAnswer) => {
    const cookies = cookiesOf(answer, isSecure)
    if (cookies !== undefined) cookiePass = { headers: { cookie: cookies }, isRenewable: true }
  }
  const drop = (pass: Pass) => {
    // Another request may have got a new pass meanwhile.
    if (cookiePass?.headers.cookie === pass.headers.cookie) cookiePass = undefined
  }

  if (signIn === 'basic') {
    if (user.includes(':')) {
      throw new SourceError('source', `user ${user} has a colon; write signIn: form`)
    }
    // RFC 7617 section 2.1: in UTF-8.
    const credentials = Buffer.from(`${user}:${password}`).toString('base64')
    const basic: Pass = { headers: { authorization: `Basic ${credentials}` }, isRenewable: false }
    return { keep, drop, pass: async () => cookiePass ?? basic }
  }

  const body = new URLSearchParams({ j_username: user, j_password: password }).toString()
  const signInByForm = async (): Promise<Pass> => {
    const answer = await http.ask({
      path: `${new URL(url).pathname.replace(/\/$/, '')}/j_security_check`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    keep(answer)
    if (cookiePass !== undefined) return cookiePass
    throw new SourceError('source', `${url} ${formErrorText(answer, settings, isSecure)}`)
  }
  // All waiting requests share one sign-in, and a refused one is not repeated.
  let entering: Promise<Pass> | undefined
  let refused: unknown
  const enter = async () => {
    if (refused !== undefined) throw refused
    try {
      return await signInByForm()
    } catch (error) {
      refused = error
      throw error
    } finally {
      entering = undefined
    }
  }
  return {
    keep,
    drop,
    pass: async () => {
      if (cookiePass !== undefined) return cookiePass
      entering ??= enter()
      return await entering
    },
  }
}

function formErrorText(
  answer: HttpAnswer,
  { user, passwordFile }: ConnectionsSettings,
  isSecure: boolean,
): string {
  if (!isSecure && cookiesOf(answer, true) !== undefined) {
    return 'sets its cookies for https:// only; write https:// in the URL'
  }
  if (answer.status === 404) {
    return 'has no j_security_check (status 404); check the URL, or write signIn: basic'
  }
  return `does not admit ${user} by its form (status ${answer.status}); check user and what is in ${passwordFile}, or write signIn: basic`
}

/** For a Cookie header; undefined when the answer sets no cookie that signs in. */
function cookiesOf({ headers }: HttpAnswer, isSecure: boolean): string | undefined {
  const found = new Map<string, string>()
  for (const line of [headers['set-cookie'] ?? []].flat()) {
    const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    const value = pair.slice(at + 1).replace(/^"(.*)"$/, '$1')
    // RFC 6265 section 4.1.1: the characters of a value. An empty one deletes the cookie.
    if (!cookieNames.includes(name) || !/^[!#-+\--:<-[\]-~]+$/.test(value)) continue
    if (attributes.some(attribute => /^max-age\s*=\s*(?:0|-\d+)$/i.test(attribute))) continue
    if (!isSecure && attributes.some(attribute => /^secure$/i.test(attribute))) continue
    found.set(name, value)
  }
  if (found.size === 0) return undefined
  return [...found].map(([name, value]) => `${name}=${value}`).join('; ')
}
