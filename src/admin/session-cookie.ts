// The cookie of a session. Under TLS it has the prefix __Host-, so that no other host of the domain and no plain HTTP can
// set it (RFC 6265bis).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isEncrypted } from './reader.ts'
import type { Session, Sessions } from './sessions.ts'
import { sessionSeconds } from './sessions.ts'

// Cookies of one name; more are not looked at. Another server of this machine can set some, because cookies know no port.
const maxTried = 16

function nameFor(request: FastifyRequest): string {
  return isEncrypted(request) ? '__Host-photogate-admin' : 'photogate-admin'
}

export function sessionInCookies(request: FastifyRequest, sessions: Sessions): Session | undefined {
  const prefix = `${nameFor(request)}=`
  const secrets = (request.raw.headers.cookie ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(prefix))
    .map(pair => pair.slice(prefix.length))
  for (const secret of secrets.slice(0, maxTried)) {
    const session = sessions.find(secret)
    if (session !== undefined) return session
  }
  return undefined
}

export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  secret: string,
): void {
  reply.header('set-cookie', cookieText(request, secret, sessionSeconds))
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', cookieText(request, '', 0))
}

function cookieText(request: FastifyRequest, secret: string, maxAgeSeconds: number): string {
  const secure = isEncrypted(request) ? '; Secure' : ''
  return `${nameFor(request)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`
}
