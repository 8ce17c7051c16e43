// The one hook before every route of the admin listener. A route is closed unless it says `config: { access: … }`: a
// forgotten word must not open anything. Asks, in this order: is the shape plain, has a front passed it on, is the Host
// ours, does another site send it, has the client signed in, may it change something.
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AdminAccess } from './access.ts'
import { hasFrontTraces } from './front-traces.ts'
import { isOwnHost } from './own-host.ts'
import { isEncrypted, noteSession, siteOfClient } from './reader.ts'
import type { AdminRefusal } from './request-shape.ts'
import { findShapeRefusal } from './request-shape.ts'
import { isOfOtherSite } from './same-site.ts'
import { sessionInCookies } from './session-cookie.ts'
import { isSameText } from './sessions.ts'

/**
 * `probe`: everybody who can connect, under any Host, as load balancers ask. Such an answer is a word and no more; with a
 * query it may be more, and then the route is closed as any other.
 * `sign-in`: without having signed in. Undefined: only after it, if there is a token.
 */
export type RouteAccess = 'probe' | 'sign-in'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess
  }
}

/** The header that carries the session's token against CSRF. */
export const csrfHeader = 'x-photogate-csrf'

const published = {
  status: 403,
  text: 'A front (reverse proxy) has passed this request on, and without a token the page would be open to everybody who reaches the front. Take the front out of the way, or set admin.tokenFile in the configuration.\n',
}
const otherHost = {
  status: 421,
  text: 'This Host is not one of the admin listener: a stranger could have made its name point here (DNS rebinding). If the name is yours, add it to admin.names in the configuration.\n',
}
const otherSite = {
  status: 403,
  text: 'A page of another site has sent this request. Open the admin page by its own address.\n',
}
const readOnly = {
  status: 403,
  text: 'Without a token this page changes nothing: everybody on this machine can reach it. Set admin.tokenFile in the configuration, and sign in.\n',
}
const notJson = { status: 415, text: 'Send JSON (Content-Type: application/json).\n' }
const csrf = {
  status: 403,
  text: 'The request does not carry the token of your session. Load the page anew and try again.\n',
}
const signInFirst = {
  status: 401,
  text: 'Sign in first: open /sign-in, or send Authorization: Bearer and the token of admin.tokenFile.\n',
  headers: { 'www-authenticate': 'Bearer realm="photogate"' },
}

/** Sends the refusal, or returns and lets the route answer. */
export function buildGuard(access: AdminAccess) {
  // What follows on these may be the body of a refused request, so it is not taken for another one.
  const ended = new WeakSet<Socket>()
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { method, socket } = request.raw
    if (ended.has(socket)) return reply.hijack()
    setSafeHeaders(reply)
    const refusal = findRefusal(request, access)
    if (refusal === undefined) return undefined
    if (refusal.status === 400 || method === 'POST') {
      ended.add(socket)
      reply.header('connection', 'close')
    }
    if (refusal === signInFirst && wantsPage(request)) return reply.redirect('/sign-in', 303)
    return sendRefusal(reply, refusal)
  }
}

export function sendRefusal(
  reply: FastifyReply,
  { status, text, headers }: AdminRefusal,
): FastifyReply {
  return reply
    .code(status)
    .headers(headers ?? {})
    .type('text/plain; charset=utf-8')
    .send(text)
}

export function tooManyTokens(seconds: number): AdminRefusal {
  const text = `There were too many wrong tokens; wait ${seconds} seconds.\n`
  return { status: 429, text, headers: { 'retry-after': String(seconds) } }
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const safeHeaders = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  // Not no-referrer: browsers would send the form to sign in with `Origin: null`, as another site's.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

export function setSafeHeaders(reply: FastifyReply): void {
  reply.headers(safeHeaders)
}

function findRefusal(request: FastifyRequest, access: AdminAccess): AdminRefusal | undefined {
  const { raw } = request
  const { settings } = access
  const route = request.routeOptions.config.access
  const shape = findShapeRefusal(raw, request.originalUrl)
  if (shape !== undefined) return shape
  if (route === 'probe' && !request.originalUrl.includes('?')) return undefined
  const host = raw.headers.host ?? ''
  if (settings.tokenHash === undefined && hasFrontTraces(raw)) return published
  if (!isOwnHost(host, settings)) return otherHost
  if (isOfOtherSite(raw.method, raw.headers, originsOf(request, host))) return otherSite
  if (route === 'sign-in') return undefined
  const isChange = raw.method === 'POST'
  if (settings.tokenHash === undefined) return isChange ? readOnly : undefined
  return findSignInRefusal(request, access) ?? (isChange ? findJsonRefusal(request) : undefined)
}

// Before a front, the browser speaks TLS and this listener does not.
function originsOf(request: FastifyRequest, host: string): string[] {
  const secure = `https://${host}`
  if (isEncrypted(request)) return [secure]
  return hasFrontTraces(request.raw) ? [`http://${host}`, secure] : [`http://${host}`]
}

function findJsonRefusal({ raw }: FastifyRequest): AdminRefusal | undefined {
  return /^application\/json(?:;|$)/i.test(raw.headers['content-type'] ?? '') ? undefined : notJson
}

function findSignInRefusal(request: FastifyRequest, access: AdminAccess): AdminRefusal | undefined {
  const { headers, method } = request.raw
  const [, token] = /^Bearer +([\x21-\x7e]+)$/i.exec(headers.authorization ?? '') ?? []
  // No browser sends it by itself, so it needs no token against CSRF.
  if (token !== undefined) {
    const verdict = access.judgeToken(token, siteOfClient(request))
    if (verdict.kind === 'wait') return tooManyTokens(verdict.seconds)
    return verdict.kind === 'right' ? undefined : signInFirst
  }
  const session = sessionInCookies(request, access.sessions)
  if (session === undefined) return signInFirst
  noteSession(request, session)
  if (method !== 'POST') return undefined
  const sent = headers[csrfHeader]
  return typeof sent === 'string' && isSameText(sent, session.csrfToken) ? undefined : csrf
}

/** A person who opens the page, and not its scripts. */
function wantsPage({ raw }: FastifyRequest): boolean {
  return raw.method === 'GET' && /\btext\/html\b/.test(raw.headers.accept ?? '')
}
